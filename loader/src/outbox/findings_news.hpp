#pragma once
// nem12_errors hears why files were refused. It waits while files are being loaded and while the breaker is open, like
// everybody else; a flood of refused files is told in a transaction for many, so that its commits do not hold up those of the
// loads.

#include "breaker/circuit_breaker.hpp"
#include "database/pg_connection.hpp"
#include "judge/judged_file.hpp"
#include "judge/verdict.hpp"
#include "outbox/outbox.hpp"
#include "outbox/right_of_way.hpp"

namespace nem12::loader {

nlohmann::json findings_message(const JudgedFile &file, const Verdict &verdict);

class FindingsNews : public Recipient {
public:
    FindingsNews(const DatabaseConfig &database, CircuitBreaker &breaker, RightOfWay &right_of_way)
        : connection_(database), breaker_(breaker), right_of_way_(right_of_way) {}
    bool open(const std::atomic<bool> &stop) override;
    size_t most_at_once() const override { return 32; }
    Answer tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &stop) override;

private:
    PgConnection connection_;
    CircuitBreaker &breaker_;
    RightOfWay &right_of_way_;
    std::optional<BreakerTicket> ticket_;
    bool away_ = false;
};

} // namespace nem12::loader
