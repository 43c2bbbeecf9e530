#include "generate/generator.hpp"

#include <gtest/gtest.h>

#include "generate/generator_loop.hpp"
#include "judge/validator.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "mdff/nmi.hpp"

namespace nem12::loader {
namespace {

GenerateSpec spec_for(GenerateKind kind, int interval, uint64_t seed = 1) {
    GenerateSpec spec;
    spec.kind = kind;
    spec.interval = interval;
    spec.seed = seed;
    spec.nmis = 13;
    spec.days = 20;
    spec.start = mdff::date_from_civil({2024, 1, 20});
    spec.created = morning_after(spec.start, spec.days);
    return spec;
}

std::string text_of(const GenerateSpec &spec, Generated *made = nullptr) {
    std::string text;
    Generated result = generate(spec, [&](std::string_view piece) { text += piece; });
    EXPECT_EQ(result.bytes, text.size());
    if (made != nullptr)
        *made = result;
    return text;
}

Verdict verdict_of(const std::string &text) {
    Validator validator({});
    validator.add(text);
    return validator.finish();
}

TEST(GeneratorTest, normal_files_are_valid_without_a_single_warning) {
    for (int interval : {5, 15, 30}) {
        for (uint64_t seed = 1; seed <= 20; ++seed) {
            Generated made;
            Verdict verdict = verdict_of(text_of(spec_for(GenerateKind::kNormal, interval, seed), &made));
            EXPECT_TRUE(verdict.loadable);
            EXPECT_EQ(verdict.errors + verdict.warnings, 0u) << summary_of(verdict) << verdict.findings.at(0).code;
            EXPECT_EQ(verdict.days, made.days);
            EXPECT_EQ(verdict.readings, made.readings);
            EXPECT_EQ(verdict.lines, made.records);
            EXPECT_EQ(verdict.readings, verdict.days * 1440 / static_cast<uint64_t>(interval));
            EXPECT_EQ(verdict.months, (std::vector<std::string>{"2024-01-01", "2024-02-01"}));
        }
    }
}

TEST(GeneratorTest, files_hold_what_real_ones_hold) {
    std::string text = text_of(spec_for(GenerateKind::kNormal, 5));
    for (const char *part :
         {"\r\n200,", ",E1,", ",B1,", ",E2,", "\r\n400,", "\r\n500,", ",S14,76,", ",F14,0,Meter exchanged,", ",V,", ",E52,"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(GeneratorTest, every_malformed_file_has_an_error_and_about_a_twentieth_of_its_records_are_broken) {
    uint64_t damaged = 0, records = 0, without_end = 0;
    for (int interval : {5, 15, 30}) {
        for (uint64_t seed = 1; seed <= 100; ++seed) {
            Generated made;
            GenerateSpec spec = spec_for(GenerateKind::kMalformed, interval, seed);
            spec.nmis = seed % 2 == 0 ? 1 : 4;
            spec.days = seed % 3 == 0 ? 1 : 20;
            Verdict verdict = verdict_of(text_of(spec, &made));
            EXPECT_FALSE(verdict.loadable) << interval << " " << seed;
            EXPECT_GE(verdict.errors, 1u);
            EXPECT_GE(made.damaged_records, 1u);
            damaged += made.damaged_records;
            records += made.records;
            without_end += verdict.has_end ? 0 : 1;
        }
    }
    EXPECT_GT(damaged * 100, records * 3);
    EXPECT_LT(damaged * 100, records * 9);
    EXPECT_GT(without_end, 10u);
}

TEST(GeneratorTest, the_same_spec_gives_the_same_bytes_and_another_seed_others) {
    for (GenerateKind kind : {GenerateKind::kNormal, GenerateKind::kMalformed, GenerateKind::kRepeated}) {
        EXPECT_EQ(text_of(spec_for(kind, 30)), text_of(spec_for(kind, 30)));
        EXPECT_NE(text_of(spec_for(kind, 30)), text_of(spec_for(kind, 30, 2)));
    }
}

TEST(GeneratorTest, repeated_files_bring_the_same_days_newer_equal_older_and_at_another_interval_length) {
    GenerateSpec first = spec_for(GenerateKind::kNormal, 30);
    std::vector<GenerateSpec> again = repeated_deliveries(first);
    ASSERT_EQ(again.size(), 4u);
    EXPECT_GT(again[0].created, first.created);
    EXPECT_EQ(again[1].created, first.created);
    EXPECT_LT(again[2].created, first.created);
    EXPECT_NE(again[3].interval, first.interval);
    std::set<std::string> texts{text_of(first)}, names{generated_file_name(first)};
    for (const GenerateSpec &spec : again) {
        std::string text = text_of(spec);
        Verdict verdict = verdict_of(text);
        EXPECT_EQ(verdict.errors + verdict.warnings, 0u);
        EXPECT_EQ(verdict.days, verdict_of(text_of(first)).days);
        EXPECT_NE(text.find("200," + generated_nmi(first, 0)), std::string::npos);
        texts.insert(text);
        names.insert(generated_file_name(spec));
    }
    EXPECT_EQ(texts.size(), 5u);
    EXPECT_EQ(names.size(), 5u);
}

TEST(GeneratorTest, nmis_are_valid_and_distinct) {
    GenerateSpec spec = spec_for(GenerateKind::kNormal, 30, 123456789);
    std::set<std::string> nmis;
    for (int i = 0; i < 5000; ++i) {
        nmis.insert(generated_nmi(spec, i));
        ASSERT_TRUE(mdff::nmi_is_valid(generated_nmi(spec, i)));
    }
    EXPECT_EQ(nmis.size(), 5000u);
}

TEST(GeneratorTest, names_follow_the_standard) {
    EXPECT_EQ(generated_file_name(spec_for(GenerateKind::kNormal, 5)), "NEM12#N05202402090600N0X1R0#GENMDP#LOADER.csv");
    EXPECT_EQ(generate_kind("malformed"), GenerateKind::kMalformed);
    EXPECT_FALSE(generate_kind("other"));
}

TEST(GeneratorLoopTest, a_round_makes_one_file_for_each_interval_length_and_kinds_take_turns) {
    test::TemporaryDirectory directory;
    GenerateConfig config;
    config.kind = {"normal", "malformed", "repeated"};
    config.nmis = 2;
    config.days = 3;
    std::vector<GenerateSpec> specs;
    GeneratorLoop loop(config, directory.path() / "inbox",
                       [&](const GenerateSpec &spec, const Generated &) { specs.push_back(spec); });
    for (int i = 0; i < 6; ++i)
        loop.one_round();
    ASSERT_EQ(specs.size(), 18u);
    EXPECT_EQ(specs[2].interval, 30);
    EXPECT_EQ(specs[3].kind, GenerateKind::kMalformed);
    EXPECT_EQ(specs[6].kind, GenerateKind::kRepeated);
    EXPECT_EQ(specs[6].first_nmi, specs[0].first_nmi);
    EXPECT_EQ(specs[6].start, specs[0].start);
    EXPECT_NE(specs[9].first_nmi, specs[0].first_nmi);
    size_t files = 0;
    for (const auto &entry : std::filesystem::directory_iterator(directory.path() / "inbox")) {
        EXPECT_TRUE(entry.path().filename().string().starts_with("NEM12#"));
        ++files;
        bool malformed = entry.path().filename().string().starts_with("NEM12#M");
        EXPECT_EQ(validate_file(entry.path(), {}).loadable, !malformed) << entry;
    }
    EXPECT_EQ(files, 18u);
}

TEST(GeneratorLoopTest, it_stops_at_once_and_takes_a_new_pace) {
    test::TemporaryDirectory directory;
    GenerateConfig config;
    config.enabled = true;
    config.every_seconds = 3600;
    config.intervals = {30};
    config.nmis = config.days = 1;
    std::atomic<int> files = 0;
    GeneratorLoop loop(config, directory.path(), [&](const GenerateSpec &, const Generated &) { ++files; });
    loop.start();
    ASSERT_TRUE(test::eventually([&] { return files == 1; }));
    config.every_seconds = 1;
    loop.reload(config);
    EXPECT_TRUE(test::eventually([&] { return files >= 3; }));
    loop.stop();
}

} // namespace
} // namespace nem12::loader
