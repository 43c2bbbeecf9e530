#include "observe/metrics.hpp"

#include <limits>

#include <prometheus/text_serializer.h>

#include "base/version.hpp"
#include "config/settings.hpp"
#include "database/sqlstate.hpp"

namespace nem12::loader {

namespace {

prometheus::Family<prometheus::Counter> &counters(prometheus::Registry &registry, const char *name, const char *help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge> &gauges(prometheus::Registry &registry, const char *name, const char *help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

// From a small file's validation (a fraction of a millisecond) to a 5 GB load.
const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                       0.5,    1,     2.5,    5,     10,   30,    60,   300, 1800};

double number(int64_t value) { return static_cast<double>(value); }

int64_t whole(const prometheus::Counter &counter) { return static_cast<int64_t>(counter.Value()); }

constexpr const char *kOutcomes[] = {"success", "already_loaded", "rejected", "failed"};
constexpr const char *kBreakerStates[] = {"closed", "half_open", "open"};
constexpr const char *kStages[] = {"copy", "queue_wait", "load", "queue_to_commit"};
constexpr const char *kRepairs[] = {"promoted", "released", "poisoned", "offered", "loaded", "reopened", "failed", "rejected"};
constexpr ErrorClass kErrorClasses[] = {ErrorClass::kInfrastructure, ErrorClass::kContention, ErrorClass::kSlow,
                                        ErrorClass::kData,           ErrorClass::kConfig,     ErrorClass::kLimit,
                                        ErrorClass::kInternal,       ErrorClass::kInDoubt};

} // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      files_(counters(*registry_, "nem12_files_total", "Files that reached their end, by outcome")),
      rows_(counters(*registry_, "nem12_rows_total", "Committed readings, and days by where they went")),
      taken_in_(counters(*registry_, "nem12_files_taken_in_total", "MDFFs copied into the spool")),
      bytes_(counters(*registry_, "nem12_bytes_total", "Bytes by stage: taken_in, loaded")),
      errors_(counters(*registry_, "nem12_errors_total", "Errors of the database by class and SQLSTATE")),
      retries_(counters(*registry_, "nem12_retries_total", "Loads tried again, by the class of the error")),
      breaker_transitions_(counters(*registry_, "nem12_breaker_transitions_total", "Circuit breaker transitions by new state")),
      merge_(counters(*registry_, "nem12_merge_days_total", "Staged days merged, by result")),
      backpressure_(counters(*registry_, "nem12_backpressure_seconds_total", "Time the intake stood still for a full queue")),
      lease_lost_(counters(*registry_, "nem12_lease_lost_total", "Claims lost to another worker or a flushed queue")),
      repairs_(counters(*registry_, "nem12_reconcile_repairs_total", "Repairs of the reconciler by rule")),
      generated_(counters(*registry_, "nem12_generated_files_total", "Files the generator wrote, by kind")),
      breaker_state_(gauges(*registry_, "nem12_breaker_state", "1 for the state the circuit breaker is in")),
      queue_depth_(gauges(*registry_, "nem12_queue_depth", "Jobs by status")),
      queue_bytes_(gauges(*registry_, "nem12_queue_bytes", "Bytes of the jobs pending and in progress")),
      queue_capacity_(gauges(*registry_, "nem12_queue_capacity", "Jobs the queue takes")),
      oldest_(gauges(*registry_, "nem12_queue_oldest_age_seconds", "Age of the oldest pending job")),
      inbox_files_(gauges(*registry_, "nem12_inbox_files", "Files waiting in the inbox")),
      staging_(gauges(*registry_, "nem12_staging_days", "Days waiting in staging for a merge")),
      last_success_(gauges(*registry_, "nem12_last_success_timestamp_seconds", "Time of the last committed file")),
      spool_free_(gauges(*registry_, "nem12_spool_free_bytes", "Free bytes of the spool's file system")),
      workers_(gauges(*registry_, "nem12_workers", "Load workers, busy and all")),
      ready_(gauges(*registry_, "nem12_ready", "1 while files can be loaded, as /readyz says")),
      build_info_(gauges(*registry_, "nem12_build_info", "The version, as a label")),
      durations_(prometheus::BuildHistogram()
                     .Name("nem12_load_duration_seconds")
                     .Help("Time of a file by stage")
                     .Register(*registry_)) {
    // Series that exist from the start can be summed and alerted on before their first event, and increase() sees the first
    // one.
    for (const char *outcome : kOutcomes) {
        files_.Add({{"outcome", outcome}});
    }
    for (const char *state : kBreakerStates) {
        breaker_transitions_.Add({{"to", state}});
        breaker_state_.Add({{"state", state}}).Set(state == kBreakerStates[0] ? 1 : 0);
    }
    for (const char *result : {"inserted", "updated", "discarded"}) {
        merge_.Add({{"result", result}});
    }
    for (const char *result : {"readings", "days_inserted", "days_staged"}) {
        rows_.Add({{"result", result}});
    }
    for (const char *stage : {"taken_in", "loaded"}) {
        bytes_.Add({{"stage", stage}});
    }
    for (const ErrorClass error_class : kErrorClasses) {
        errors_.Add({{"class", std::string(name_of(error_class))}, {"sqlstate", ""}});
    }
    retries_.Add({{"class", "job"}});
    for (const char *rule : kRepairs) {
        repairs_.Add({{"rule", rule}});
    }
    for (const char *kind : kKinds) {
        generated_.Add({{"kind", kind}});
    }
    for (const char *stage : kStages) {
        durations_.Add({{"stage", stage}}, kSeconds);
    }
    for (const JobStatus status :
         {JobStatus::kPending, JobStatus::kInProgress, JobStatus::kSuccess, JobStatus::kFailed, JobStatus::kRejected}) {
        queue_depth_.Add({{"status", std::string(name_of(status))}});
    }
    oldest_.Add({{"status", "pending"}});
    for (const char *state : {"busy", "all"}) {
        workers_.Add({{"state", state}});
    }
    for (Gauges *gauge : {&queue_bytes_, &queue_capacity_, &inbox_files_, &staging_, &last_success_, &ready_}) {
        gauge->Add({});
    }
    spool_free_.Add({}).Set(std::numeric_limits<double>::quiet_NaN()); // no disk is full before it was looked at
    taken_in_.Add({});
    backpressure_.Add({});
    lease_lost_.Add({});
    build_info_.Add({{"version", std::string(kVersion)}}).Set(1);
}

void Metrics::file_taken_in(int64_t bytes) {
    taken_in_.Add({}).Increment();
    bytes_.Add({{"stage", "taken_in"}}).Increment(number(bytes));
}

void Metrics::file_done(std::string_view outcome) {
    files_.Add({{"outcome", std::string(outcome)}}).Increment();
    if (outcome == "success") {
        last_success_.Add({}).SetToCurrentTime();
    }
}

void Metrics::loaded(int64_t readings, int64_t bytes, int64_t days_inserted, int64_t days_staged) {
    rows_.Add({{"result", "readings"}}).Increment(number(readings));
    rows_.Add({{"result", "days_inserted"}}).Increment(number(days_inserted));
    rows_.Add({{"result", "days_staged"}}).Increment(number(days_staged));
    bytes_.Add({{"stage", "loaded"}}).Increment(number(bytes));
}

void Metrics::stage_took(std::string_view stage, std::chrono::duration<double> time) {
    durations_.Add({{"stage", std::string(stage)}}, kSeconds).Observe(time.count());
}

void Metrics::error(std::string_view error_class, std::string_view sqlstate) {
    errors_.Add({{"class", std::string(error_class)}, {"sqlstate", std::string(sqlstate)}}).Increment();
}

void Metrics::retry(std::string_view error_class) { retries_.Add({{"class", std::string(error_class)}}).Increment(); }

void Metrics::breaker_moved(std::string_view to) {
    breaker_transitions_.Add({{"to", std::string(to)}}).Increment();
    for (const char *state : kBreakerStates) {
        breaker_state_.Add({{"state", state}}).Set(to == state ? 1 : 0);
    }
}

void Metrics::merged(int64_t inserted, int64_t updated, int64_t discarded) {
    merge_.Add({{"result", "inserted"}}).Increment(number(inserted));
    merge_.Add({{"result", "updated"}}).Increment(number(updated));
    merge_.Add({{"result", "discarded"}}).Increment(number(discarded));
}

void Metrics::backpressure(std::chrono::duration<double> time) { backpressure_.Add({}).Increment(time.count()); }

void Metrics::lease_lost() { lease_lost_.Add({}).Increment(); }

void Metrics::repaired(std::string_view rule, int64_t count) {
    repairs_.Add({{"rule", std::string(rule)}}).Increment(number(count));
}

void Metrics::generated(std::string_view kind) { generated_.Add({{"kind", std::string(kind)}}).Increment(); }

void Metrics::set_queue(const QueueCounts &counts, int64_t capacity) {
    for (const auto &[status, jobs] : counts.by_status) {
        queue_depth_.Add({{"status", status}}).Set(number(jobs));
    }
    queue_bytes_.Add({}).Set(number(counts.bytes));
    queue_capacity_.Add({}).Set(number(capacity));
    oldest_.Add({{"status", "pending"}}).Set(number(counts.oldest_pending_ms) / 1000);
}

void Metrics::set_inbox_files(int64_t files) { inbox_files_.Add({}).Set(number(files)); }

void Metrics::set_staging_depth(int64_t days) { staging_.Add({}).Set(number(days)); }

void Metrics::set_spool_free_bytes(int64_t bytes) { spool_free_.Add({}).Set(number(bytes)); }

void Metrics::set_workers(int64_t busy, int64_t all) {
    workers_.Add({{"state", "busy"}}).Set(number(busy));
    workers_.Add({{"state", "all"}}).Set(number(all));
}

void Metrics::set_ready(bool ready) { ready_.Add({}).Set(ready ? 1 : 0); }

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

Metrics::Totals Metrics::totals() const {
    Totals totals;
    for (const char *outcome : kOutcomes) {
        totals.files[outcome] = whole(files_.Add({{"outcome", outcome}}));
    }
    totals.taken_in = whole(taken_in_.Add({}));
    totals.readings = whole(rows_.Add({{"result", "readings"}}));
    totals.days_inserted = whole(rows_.Add({{"result", "days_inserted"}}));
    totals.days_staged = whole(rows_.Add({{"result", "days_staged"}}));
    totals.bytes = whole(bytes_.Add({{"stage", "loaded"}}));
    totals.merge_inserted = whole(merge_.Add({{"result", "inserted"}}));
    totals.merge_updated = whole(merge_.Add({{"result", "updated"}}));
    totals.merge_discarded = whole(merge_.Add({{"result", "discarded"}}));
    totals.breaker_opened = whole(breaker_transitions_.Add({{"to", "open"}}));
    totals.backpressure_seconds = backpressure_.Add({}).Value();
    for (const auto &family : retries_.Collect()) {
        for (const auto &metric : family.metric) {
            totals.retries += static_cast<int64_t>(metric.counter.value);
        }
    }
    return totals;
}

} // namespace nem12::loader
