#include "judge/report.hpp"

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "mdff/field_name.hpp"

namespace nem12::loader {

using nlohmann::json;

namespace {

std::string dump(const json &object) { return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n"; }

bool refused(const Verdict &verdict) { return !verdict.loadable; }

std::string named_place_of(const ReportedFinding &finding) {
    std::string_view name = mdff::field_name(finding.record, finding.field);
    return place_of(finding) + (finding.line == 0 || name.empty() ? "" : " (" + std::string(name) + ")");
}

// Places that are not known are null: there is no line 0 and no record 0.
json known(bool is_known, auto value) { return is_known ? json(value) : json(); }

} // namespace

std::string safe_cell(std::string_view text) {
    std::string safe = display_text(text);
    if (!safe.empty() && std::string_view("=+-@|%").find(safe.front()) != std::string_view::npos)
        safe.insert(0, 1, '\'');
    return safe;
}

std::string report_json(const JudgedFile &file, const Verdict &verdict) {
    json findings = json::array();
    for (const ReportedFinding &finding : verdict.findings)
        findings.push_back({{"line", known(finding.line > 0, finding.line)},
                            {"record", known(finding.record > 0, finding.record)},
                            {"field", known(finding.field >= 0, finding.field)},
                            {"field_name", mdff::field_name(finding.record, finding.field)},
                            {"severity", finding.severity},
                            {"code", finding.code},
                            {"sqlstate", finding.sqlstate},
                            {"message", finding.message},
                            {"hint", finding.hint},
                            {"source", finding.source},
                            {"text", safe_cell(finding.text)}});
    json counts = {{"errors", verdict.errors},
                   {"warnings", verdict.warnings},
                   {"skipped_records", verdict.skipped_records},
                   {"lines", verdict.lines},
                   {"days", verdict.days},
                   {"readings", verdict.readings},
                   {"events", verdict.events},
                   {"b2b_details", verdict.b2b_details},
                   {"accumulation_reads", verdict.accumulation_reads},
                   {"accumulation_b2b", verdict.accumulation_b2b}};
    return dump({{"file", safe_cell(file.name)},
                 {"sha256", file.sha256},
                 {"archive_sha256", file.parent_sha256},
                 {"message_id", safe_cell(file.message_id)},
                 {"transaction_id", safe_cell(file.transaction_id)},
                 {"bytes", file.bytes},
                 {"outcome", refused(verdict) ? "rejected" : "skipped_records"},
                 {"version", verdict.version},
                 {"file_creation", verdict.file_creation},
                 {"from_participant", safe_cell(verdict.from_participant)},
                 {"to_participant", safe_cell(verdict.to_participant)},
                 {"counts", counts},
                 {"findings_total", verdict.errors + verdict.warnings},
                 {"findings", findings}});
}

std::string report_text(const JudgedFile &file, const Verdict &verdict) {
    std::string text = refused(verdict) ? "This file was not loaded. Nothing of it is in the database.\n"
                                        : "This file was loaded without its faulty records.\n";
    text +=
        "\nFile      " + display_text(file.name) + "\nSHA-256   " + file.sha256 + "\nBytes     " + std::to_string(file.bytes);
    if (!file.message_id.empty())
        text += "\nMessage   " + display_text(file.message_id);
    if (!file.transaction_id.empty())
        text += (file.message_id.empty() ? "\nMessage   transaction " : ", transaction ") + display_text(file.transaction_id);
    if (!verdict.version.empty())
        text += "\nVersion   " + verdict.version;
    if (!verdict.file_creation.empty())
        text += "\nCreated   " + verdict.file_creation;
    if (!verdict.from_participant.empty())
        text += "\nFrom      " + verdict.from_participant;
    if (!verdict.to_participant.empty())
        text += "\nTo        " + verdict.to_participant;
    text += "\nFindings  " + std::to_string(verdict.errors) + " errors, " + std::to_string(verdict.warnings) + " warnings";
    if (!refused(verdict))
        text += ", " + std::to_string(verdict.skipped_records) + " records left out";
    text += "\n";
    for (const ReportedFinding &finding : verdict.findings) {
        text += "\n" + finding.severity + " at " + named_place_of(finding) + ": " + finding.message + "\n";
        if (!finding.text.empty())
            text += "    found:      " + display_text(finding.text) + "\n";
        if (!finding.hint.empty())
            text += "    what to do: " + finding.hint + "\n";
        text += "    rule:       " + finding.code + (finding.source.empty() ? "" : " (" + finding.source + ")") + "\n";
    }
    if (verdict.errors + verdict.warnings > verdict.findings.size())
        text += "\n... and " + std::to_string(verdict.errors + verdict.warnings - verdict.findings.size()) + " more.\n";
    if (refused(verdict))
        text += "\nCorrect the file and send it again. A corrected file is a new file: it is recognised by its content, not "
                "its name.\n";
    return text;
}

std::string failure_json(const JudgedFile &file, std::string_view reason) {
    return dump({{"file", safe_cell(file.name)},
                 {"sha256", file.sha256},
                 {"archive_sha256", file.parent_sha256},
                 {"bytes", file.bytes},
                 {"outcome", "failed"},
                 {"reason", display_text(reason)}});
}

std::string failure_text(const JudgedFile &file, std::string_view reason) {
    return "This file could not be loaded; as far as is known the file itself is in order.\n\nFile      " +
           display_text(file.name) + "\nSHA-256   " + file.sha256 + "\nReason    " + display_text(reason) +
           "\n\nWhen the cause is removed: nem12-loader requeue --config config.toml " + file.sha256 + "\n";
}

} // namespace nem12::loader
