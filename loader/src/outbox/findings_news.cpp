#include "outbox/findings_news.hpp"

#include <algorithm>

#include "database/server_calls.hpp"
#include "log/log.hpp"

namespace nem12::loader {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kLongestWait{1};

} // namespace

nlohmann::json findings_message(const JudgedFile &file, const Verdict &verdict) {
    return findings_report(file.name, file.sha256, verdict);
}

bool FindingsNews::open(const std::atomic<bool> &stop) {
    right_of_way_.wait(kLongestWait, [&] { return stop.load(); });
    ticket_ = breaker_.allow();
    if (!ticket_)
        connection_.close();
    return ticket_.has_value();
}

Recipient::Answer FindingsNews::tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &stop) {
    std::vector<FindingsReport> reports;
    try {
        reports.assign(messages.begin(), messages.end());
        // The server locks the content of each: in one order, so that two loaders do not wait for each other.
        std::sort(reports.begin(), reports.end(),
                  [](const FindingsReport &a, const FindingsReport &b) { return a.sha256 < b.sha256; });
        const Patience patience = Patience::of(kPatience, &stop);
        connection_.ensure();
        connection_.execute("BEGIN", {}, patience);
        for (const FindingsReport &report : reports)
            report_findings(connection_, report, patience);
        connection_.execute("COMMIT", {}, patience);
        away_ = false;
        return Answer::kTold;
    } catch (const nlohmann::json::exception &) {
        return Answer::kNever;
    } catch (const Cancelled &) {
        connection_.close();
        return Answer::kLater;
    } catch (const DatabaseError &error) {
        connection_.close();
        const bool lasting = error.error_class() == ErrorClass::kData || error.error_class() == ErrorClass::kInternal;
        log_event(lasting ? LogLevel::kError
                  : away_ ? LogLevel::kDebug
                          : LogLevel::kWarning,
                  "findings_failed", error.what(),
                  {{"file", reports.front().file}, {"files", reports.size()}, {"sqlstate", error.sqlstate()}});
        away_ = !lasting;
        if (error.error_class() == ErrorClass::kInfrastructure)
            breaker_.failed(*ticket_, error.what());
        return lasting ? Answer::kNever : Answer::kLater;
    }
}

} // namespace nem12::loader
