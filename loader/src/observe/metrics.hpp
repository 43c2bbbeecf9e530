#pragma once
// What the loader counts, as Prometheus sees it (prefix nem12_, base units). One object a process; every call is thread-safe.
// No SHA, NMI or file name ever becomes a label.
//
// Balance, for dashboards and tests: files discovered = success + already_loaded + rejected + failed + in flight.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "queue/job_queue.hpp"

namespace nem12::loader {

class Metrics {
public:
    Metrics();

    // Events, from the stages.
    void file_taken_in(int64_t bytes);        // one MDFF left the inbox
    void file_done(std::string_view outcome); // success, already_loaded, rejected, failed
    void loaded(int64_t readings, int64_t bytes, int64_t days_inserted, int64_t days_staged);
    void stage_took(std::string_view stage, std::chrono::duration<double> time); // copy, queue_wait, load, queue_to_commit
    void error(std::string_view error_class, std::string_view sqlstate);
    void retry(std::string_view error_class);
    void breaker_moved(std::string_view to); // closed, open, half_open
    void merged(int64_t inserted, int64_t updated, int64_t discarded);
    void backpressure(std::chrono::duration<double> time); // intake stood still for a full queue or spool
    void lease_lost();
    void repaired(std::string_view rule, int64_t count); // reconciler
    void generated(std::string_view kind);

    // Levels, set by the daemon's observer.
    void set_queue(const QueueCounts &counts, int64_t capacity);
    void set_inbox_files(int64_t files);
    void set_staging_depth(int64_t days);
    void set_spool_free_bytes(int64_t bytes);
    void set_workers(int64_t busy, int64_t all);
    void set_ready(bool ready); // as /readyz says

    std::string text() const; // the exposition format, version 0.0.4

    // Totals for the status page and the summary of a run.
    struct Totals {
        std::map<std::string, int64_t> files; // by outcome
        int64_t taken_in = 0, readings = 0, bytes = 0, days_inserted = 0, days_staged = 0, retries = 0;
        int64_t merge_inserted = 0, merge_updated = 0, merge_discarded = 0, breaker_opened = 0;
        double backpressure_seconds = 0;
    };
    Totals totals() const;

private:
    using Counters = prometheus::Family<prometheus::Counter>;
    using Gauges = prometheus::Family<prometheus::Gauge>;

    std::shared_ptr<prometheus::Registry> registry_;
    Counters &files_, &rows_, &taken_in_, &bytes_, &errors_, &retries_, &breaker_transitions_, &merge_, &backpressure_,
        &lease_lost_, &repairs_, &generated_;
    Gauges &breaker_state_, &queue_depth_, &queue_bytes_, &queue_capacity_, &oldest_, &inbox_files_, &staging_, &last_success_,
        &spool_free_, &workers_, &ready_, &build_info_;
    prometheus::Family<prometheus::Histogram> &durations_;
};

} // namespace nem12::loader
