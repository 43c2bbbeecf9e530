#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "commands/input_files.hpp"
#include "judge/report.hpp"
#include "mdff/field_name.hpp"

namespace nem12::loader {

namespace {

// One line a finding, as compilers write them, so that editors can jump to it.
void show(const InputFile &input) {
    for (const ReportedFinding &finding : input.verdict.findings) {
        const std::string field(mdff::field_name(finding.record, finding.field));
        const std::string line = finding.line == 0 ? "" : ":" + std::to_string(finding.line);
        std::printf("%s%s: %s: %s [%s]%s%s%s%s\n", input.file.name.c_str(), line.c_str(), finding.severity.c_str(),
                    finding.message.c_str(), finding.code.c_str(), field.empty() ? "" : " in ", field.c_str(),
                    finding.text.empty() ? "" : ": ", finding.text.c_str());
    }
    const Verdict &verdict = input.verdict;
    std::printf("%s: %s, %llu days, %llu readings, %llu accumulation reads, %llu errors, %llu warnings\n",
                input.file.name.c_str(), verdict.errors > 0 ? "INVALID" : "valid",
                static_cast<unsigned long long>(verdict.days), static_cast<unsigned long long>(verdict.readings),
                static_cast<unsigned long long>(verdict.accumulation_reads), static_cast<unsigned long long>(verdict.errors),
                static_cast<unsigned long long>(verdict.warnings));
}

} // namespace

int validate_files(const Config &config, const std::vector<std::string> &files, bool json) {
    InputFiles inputs(config.ingest, false);
    nlohmann::ordered_json reports = nlohmann::ordered_json::array();
    bool errors = false, unreadable = false;
    for (const std::string &path : files) {
        try {
            for (const InputFile &input : inputs.open(path)) {
                errors = errors || input.verdict.errors > 0;
                if (json) {
                    auto report = nlohmann::ordered_json::parse(report_json(input.file, input.verdict));
                    report["outcome"] = input.verdict.errors > 0 ? "invalid" : "valid";
                    report["loadable"] = input.verdict.loadable; // under ingest.on_invalid
                    reports.push_back(std::move(report));
                } else {
                    show(input);
                }
            }
        } catch (const FileError &error) {
            std::fprintf(stderr, "nem12-loader: %s\n", error.what());
            unreadable = true;
        }
    }
    if (json) {
        std::printf("%s\n", reports.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    }
    if (unreadable) {
        return kExitCouldNotRun;
    }
    return errors ? kExitSomeBad : kExitOk;
}

} // namespace nem12::loader
