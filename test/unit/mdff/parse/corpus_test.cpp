// The real files: AEMO's published examples, with figures from an independent reader. They are no part of the checkout; their
// folder is NEM12_CORPUS or ../shared/corpus.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "mdff/storage/day_quality.hpp"
#include "parse_support.hpp"

namespace mdff {
namespace {

using namespace test;
namespace fs = std::filesystem;

fs::path corpus() {
    const char *const set = std::getenv("NEM12_CORPUS");
    return set != nullptr ? fs::path(set) : fs::path(NEM12_SOURCE_DIR) / ".." / "shared" / "corpus";
}

std::string read_file(const fs::path &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string read_zip(const fs::path &path) {
    const std::string command = "unzip -p '" + path.string() + "'";
    std::string content;
    FILE *const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr)
        return content;
    char buffer[64 * 1024];
    for (size_t size; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        content.append(buffer, size);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return content;
}

std::string read(const fs::path &path) { return path.extension() == ".zip" ? read_zip(path) : read_file(path); }

std::vector<fs::path> files_in(const char *folder) {
    std::vector<fs::path> files;
    for (const auto &entry : fs::directory_iterator(corpus() / folder))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string describe(const Parsed &parsed) {
    const Found *const error = parsed.first_error();
    if (error == nullptr)
        return "no error";
    return error->code + " at line " + std::to_string(error->line) + " field " + std::to_string(error->field) + ": " +
           error->text;
}

// What expected-nem12.tsv says of one channel of a file.
struct Figures {
    uint64_t readings = 0;
    __int128 sum = 0; // in units of 10^-kMaxScale
    Date first = kNoDate, last = kNoDate;
    std::map<std::string, int> qualities;
};

void add_day(const IntervalDay &day, Figures &figures) {
    figures.readings += day.values.size();
    for (const int64_t value : day.values)
        figures.sum += static_cast<__int128>(value) * kPowersOfTen[kMaxScale - day.scale];
    if (figures.first == kNoDate || day.date < figures.first)
        figures.first = day.date;
    if (figures.last == kNoDate || day.date > figures.last)
        figures.last = day.date;
    if (day.events.empty())
        figures.qualities[std::string(day.quality.method)] += static_cast<int>(day.values.size());
    for (const IntervalEvent &event : day.events) {
        figures.qualities[std::string(event.quality.method)] += event.end_interval - event.start_interval + 1;
    }
}

// By NMI and suffix.
std::map<std::string, Figures> figures_of(const std::string &content) {
    std::map<std::string, Figures> figures;
    const auto parser = std::make_unique<Parser>(ParserOptions{});
    parser->push(content);
    parser->finish();
    for (Event event; (event = parser->next()) != Event::kEndOfInput;) {
        if (event != Event::kDay)
            continue;
        add_day(parser->day(), figures[std::string(parser->channel().nmi) + "\t" + std::string(parser->channel().nmi_suffix)]);
    }
    return figures;
}

std::string midnight(Date date) {
    char text[8];
    format_date(date, text);
    const std::string_view digits(text, sizeof text);
    return std::string(digits.substr(0, 4)) + "-" + std::string(digits.substr(4, 2)) + "-" + std::string(digits.substr(6)) +
           " 00:00:00";
}

class Corpus : public testing::Test {
protected:
    void SetUp() override {
        if (!fs::exists(corpus()))
            GTEST_SKIP() << "NO CORPUS at " << corpus() << ": real files are NOT tested; set NEM12_CORPUS";
    }
};

TEST_F(Corpus, IntervalFilesAreValid) {
    int files = 0;
    for (const fs::path &path : files_in("nem12")) {
        SCOPED_TRACE(path.filename());
        const std::string content = read(path);
        const Parsed parsed = parse(content, Dialect::kStrict);
        if (path.filename() == "NEM12#Scenario10#ETSAMDP#NEMMCO.zip") { // a 300 wrapped over three lines
            ASSERT_NE(parsed.first_error(), nullptr);
            EXPECT_EQ(parsed.first_error()->line, 27U);
            continue;
        }
        EXPECT_EQ(parsed.first_error(), nullptr) << describe(parsed);
        EXPECT_GT(parsed.counts.days, 0U);
        EXPECT_EQ(parsed.counts.refused_records, 0U);
        EXPECT_EQ(parse(content, ParserOptions{}, 61).events, parsed.events);
        ++files;
    }
    EXPECT_GT(files, 0);
}

TEST_F(Corpus, AccumulationFilesAreValidButForNegativeQuantities) {
    int files = 0;
    for (const fs::path &path : files_in("nem13")) {
        SCOPED_TRACE(path.filename());
        const std::string content = read(path);
        for (const Found &found : parse(content, Dialect::kStrict).findings) {
            EXPECT_TRUE(found.severity == Severity::kWarning || found.code == "quantity_negative" ||
                        found.code == "parent_refused") // a 550 of such a 250
                << found.code << found.line;
        }
        const Parsed tolerant = parse(content, Dialect::kTolerant);
        EXPECT_EQ(tolerant.first_error(), nullptr) << describe(tolerant);
        EXPECT_GT(tolerant.counts.accumulation_reads, 0U);
        ++files;
    }
    EXPECT_GT(files, 0);
}

TEST_F(Corpus, AgreesWithAnIndependentReader) {
    std::ifstream expected(corpus() / "expected-nem12.tsv");
    std::string file, content, line;
    std::map<std::string, Figures> figures;
    int channels = 0;
    while (std::getline(expected, line)) {
        SCOPED_TRACE(line);
        std::istringstream columns(line);
        std::string name, nmi, suffix, count, sum, start, end, qualities;
        for (std::string *column : {&name, &nmi, &suffix, &count, &sum, &start, &end, &qualities})
            std::getline(columns, *column, '\t');
        if (name != file) {
            file = name;
            content = read(corpus() / "nem12" / name);
            figures = figures_of(content);
        }
        const auto found = figures.find(nmi + "\t" + suffix);
        ASSERT_NE(found, figures.end());
        const Figures &channel = found->second;
        EXPECT_EQ(std::to_string(channel.readings), count);
        Decimal exact{};
        ASSERT_EQ(parse_decimal(sum, exact), DecimalStatus::kOk);
        EXPECT_TRUE(channel.sum == static_cast<__int128>(exact.mantissa) * kPowersOfTen[kMaxScale - exact.scale]);
        EXPECT_EQ(midnight(channel.first), start);
        EXPECT_EQ(midnight({channel.last.days + 1}), end);
        std::string counted;
        for (const auto &[quality, readings] : channel.qualities) {
            counted += (counted.empty() ? "" : ",") + quality + ":" + std::to_string(readings);
        }
        EXPECT_EQ(counted, qualities);
        ++channels;
    }
    EXPECT_GT(channels, 0);
}

// What portals, spreadsheets and old systems write: the verdict of each dialect, and the code that a finding must carry.
TEST_F(Corpus, DirtIsJudgedAsExpected) {
    std::ifstream expected(corpus() / "expected-dirt.tsv");
    std::string line;
    std::getline(expected, line); // the names of the columns
    int verdicts = 0;
    while (std::getline(expected, line)) {
        std::istringstream columns(line);
        std::string file, verdict[2], code;
        for (std::string *column : {&file, &verdict[0], &verdict[1], &code})
            std::getline(columns, *column, '\t');
        for (const Dialect dialect : {Dialect::kStrict, Dialect::kTolerant}) {
            SCOPED_TRACE(file + (dialect == Dialect::kStrict ? " strict" : " tolerant"));
            const Parsed parsed = parse(read(corpus() / "dirt" / file), dialect);
            const bool accept = verdict[static_cast<int>(dialect)] == "accept";
            EXPECT_EQ(parsed.first_error() == nullptr, accept) << describe(parsed);
            EXPECT_TRUE(code.empty() || parsed.has(code)) << describe(parsed);
            if (!accept && !code.empty()) {
                EXPECT_TRUE(std::any_of(parsed.findings.begin(), parsed.findings.end(), [&](const Found &found) {
                    return found.code == code && found.severity == Severity::kError;
                })) << describe(parsed);
            }
            if (accept) {
                EXPECT_GT(parsed.counts.days, 0U);
                EXPECT_EQ(parsed.counts.refused_records, 0U);
            }
            EXPECT_TRUE(parsed.counts.add_up());
            ++verdicts;
        }
    }
    EXPECT_GE(verdicts, 106);
}

TEST_F(Corpus, InvalidFilesAreRefusedAtTheRightLine) {
    struct Invalid {
        const char *file;
        const char *code;
        uint64_t line;
    };
    for (const auto &[file, code, line] : {Invalid{"Example_NEM12_30min_200_15min_400.csv", "nmi_invalid", 2},
                                           Invalid{"Example_NEM12_empty.csv", "no_records", 2},
                                           Invalid{"Example_NEM12_incomplete_interval.csv", "value_count", 3},
                                           Invalid{"Example_NEM12_missing_header.csv", "missing_header", 2},
                                           Invalid{"Example_empty_file.csv", "empty_file", 1}}) {
        SCOPED_TRACE(file);
        ASSERT_TRUE(fs::exists(corpus() / "invalid" / file));
        const Parsed parsed = parse(read(corpus() / "invalid" / file), Dialect::kStrict);
        ASSERT_NE(parsed.first_error(), nullptr);
        EXPECT_EQ(parsed.first_error()->code, code);
        EXPECT_EQ(parsed.first_error()->line, line);
    }
    const Parsed events = parse(read(corpus() / "invalid" / "Example_NEM12_30min_200_15min_400.csv"), Dialect::kStrict);
    for (const uint64_t line : {4, 5}) {
        EXPECT_TRUE(std::any_of(events.findings.begin(), events.findings.end(), [line](const Found &found) {
            return found.line == line && found.severity == Severity::kError;
        }));
    }
}

} // namespace
} // namespace mdff
