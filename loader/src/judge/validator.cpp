#include "judge/validator.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/files.hpp"

namespace nem12::loader {

namespace {

constexpr size_t kHeaderRoom = 256, kLongestParticipant = 40;

// Market time is UTC+10 all year (National Electricity Rules), whatever the clock of this machine shows.
mdff::DateTime market_time(std::chrono::system_clock::time_point now) {
    return mdff::market_time(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

mdff::ParserOptions options_for(const IngestConfig &config, std::chrono::system_clock::time_point now) {
    mdff::ParserOptions options;
    mdff::parse_dialect(config.dialect, options.dialect);
    options.max_errors = kMostErrors;
    options.max_warnings = kMostWarnings;
    if (config.max_future_hours > 0)
        options.latest_created = {market_time(now).seconds + int64_t{3600} * config.max_future_hours};
    return options;
}

std::string month_text(mdff::Date month) {
    char digits[8];
    mdff::format_date(month, digits);
    return std::string(digits, 4) + "-" + std::string(digits + 4, 2) + "-01";
}

} // namespace

Validator::Validator(const IngestConfig &config, std::chrono::system_clock::time_point now)
    : skip_(config.on_invalid == "skip"), parser_(std::make_unique<mdff::Parser>(options_for(config, now))) {
    verdict_.dialect = config.dialect;
}

void Validator::add(std::span<const char> bytes) {
    keep_first_line(bytes);
    parser_->push(bytes);
    drain();
}

void Validator::drain() {
    using mdff::Event;
    for (;;) {
        switch (parser_->next()) {
        case Event::kNeedInput:
        case Event::kEndOfInput: return;
        case Event::kFinding: note_finding(); break;
        case Event::kHeader: {
            verdict_.has_end = false;
            const mdff::Header &header = parser_->header();
            verdict_.version = header.version == mdff::Version::kNem12 ? "NEM12" : "NEM13";
            if (verdict_.file_creation.empty() && header.created != mdff::kNoDateTime) {
                char digits[12];
                mdff::format_date_time12(header.created, digits);
                verdict_.file_creation.assign(digits, sizeof digits);
            }
            if (!has_header_ && !header.assumed) {
                has_header_ = true;
                verdict_.from_participant = display_text(header.from_participant);
                verdict_.to_participant = display_text(header.to_participant);
            }
            break;
        }
        case Event::kDay: {
            mdff::CivilDate civil = mdff::civil_from_date(parser_->day().date);
            months_.insert(mdff::date_from_civil({civil.year, civil.month, 1}));
            verdict_.has_end = false;
            break;
        }
        case Event::kEndOfBlock: verdict_.has_end = true; break;
        default: verdict_.has_end = false; break;
        }
    }
}

void Validator::note_finding() {
    const mdff::Finding &finding = parser_->finding();
    const mdff::RuleInfo &rule = mdff::rule_info(finding.rule);
    std::string message(rule.message);
    if (!finding.note.empty())
        message.append(": ").append(finding.note);
    verdict_.findings.push_back({finding.line, finding.record, finding.field, std::string(mdff::name_of(finding.severity)),
                                 std::string(rule.code), std::string(mdff::sqlstate_of(rule.family)), std::move(message),
                                 std::string(rule.hint), std::string(rule.source), display_text(finding.text)});
}

void Validator::keep_first_line(std::span<const char> bytes) {
    if (first_line_.size() < kHeaderRoom && first_line_.find('\n') == std::string::npos)
        first_line_.append(bytes.data(), std::min(bytes.size(), kHeaderRoom - first_line_.size()));
}

// The parser does not return a 100 record that has an error, but the report still has to name the sender.
void Validator::name_sender() {
    if (has_header_)
        return;
    std::string_view line = std::string_view(first_line_).substr(0, first_line_.find_first_of("\r\n"));
    if (line.starts_with("\xef\xbb\xbf"))
        line.remove_prefix(3);
    std::string_view fields[5];
    for (std::string_view &field : fields) {
        field = line.substr(0, line.find(','));
        line.remove_prefix(std::min(line.size(), field.size() + 1));
    }
    if (fields[0] != "100")
        return;
    verdict_.from_participant = display_text(fields[3].substr(0, kLongestParticipant));
    verdict_.to_participant = display_text(fields[4].substr(0, kLongestParticipant));
}

Verdict Validator::finish() {
    parser_->finish();
    drain();
    name_sender();
    std::stable_partition(verdict_.findings.begin(), verdict_.findings.end(),
                          [](const ReportedFinding &finding) { return finding.severity == "error"; });
    const mdff::ParserCounts &counts = parser_->counts();
    verdict_.errors = counts.errors;
    verdict_.warnings = counts.warnings;
    verdict_.skipped_records = counts.refused_records;
    verdict_.days = counts.days;
    verdict_.readings = counts.readings;
    verdict_.accumulation_reads = counts.accumulation_reads;
    verdict_.events = counts.events;
    verdict_.b2b_details = counts.b2b_details;
    verdict_.accumulation_b2b = counts.accumulation_b2b;
    verdict_.lines = counts.lines;
    for (mdff::Date month : months_)
        verdict_.months.push_back(month_text(month));
    bool something_good = counts.days + counts.accumulation_reads > 0;
    verdict_.loadable = !counts.file_refused && (counts.errors == 0 || (skip_ && something_good));
    return std::move(verdict_);
}

Verdict validate_file(const std::filesystem::path &path, const IngestConfig &config) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); // a person names it: links are followed
    if (!fd)
        throw_file_error("cannot open", path);
    Validator validator(config);
    std::vector<char> buffer(1 << 20);
    for (;;) {
        ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw_file_error("cannot read", path);
        if (got == 0)
            return validator.finish();
        validator.add({buffer.data(), static_cast<size_t>(got)});
    }
}

Verdict refusal(std::string_view code, std::string_view message, std::string_view hint, std::string_view source) {
    Verdict verdict;
    verdict.errors = 1;
    verdict.findings.push_back(
        {0, 0, -1, "error", std::string(code), "NM001", display_text(message), std::string(hint), std::string(source), ""});
    return verdict;
}

Verdict refusal(const ArchiveError &error) {
    Verdict verdict = refusal(error.code(), error.what(), error.hint, error.source);
    verdict.findings.front().line = error.line;
    verdict.findings.front().text = error.text;
    verdict.from_participant = error.from_participant;
    verdict.to_participant = error.to_participant;
    return verdict;
}

} // namespace nem12::loader
