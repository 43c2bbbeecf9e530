#include "load/leases.hpp"

#include <algorithm>
#include <vector>

#include "log/log.hpp"
#include "mdff/without.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {

using std::chrono::steady_clock;

Leases::Held::Held(Leases &leases, std::span<const ClaimedJob> jobs, LoadProgress &progress)
    : leases_(leases), jobs_(jobs), progress_(progress), moved_(steady_clock::now()) {
    leases_.observer_.in_hand(+1);
    std::lock_guard lock(leases_.mutex_);
    leases_.held_.push_back(this);
}

Leases::Held::~Held() {
    {
        std::lock_guard lock(leases_.mutex_);
        leases_.held_.remove(this);
        leases_.put_down_.notify_all();
    }
    leases_.observer_.in_hand(-1);
}

bool Leases::Held::lost(const ClaimedJob &job) const {
    std::lock_guard lock(leases_.mutex_);
    return lost_.contains(job.fence);
}

Leases::Leases(JobQueue &queue, std::chrono::milliseconds lease, LoadObserver &observer)
    : queue_(queue), lease_(lease), observer_(observer), thread_("leases", [this] {
          renew_all();
          observer_.beat("lease");
          return std::clamp(lease_ / 4, std::chrono::milliseconds(50), std::chrono::milliseconds(15000));
      }) {
    thread_.start();
}

void Leases::renew_all() {
    std::vector<ClaimedJob> moving;
    {
        std::lock_guard lock(mutex_);
        auto now = steady_clock::now();
        for (Held *held : held_) {
            int64_t acknowledged = held->progress_.acknowledged;
            if (acknowledged != held->seen_ || held->progress_.finishing) {
                held->seen_ = acknowledged;
                held->moved_ = now;
            }
            if (now - held->moved_ < lease_)
                moving.insert(moving.end(), held->jobs_.begin(), held->jobs_.end());
        }
    }
    for (const ClaimedJob &job : moving) {
        bool ours = true;
        try {
            ours = queue_.renew(job);
        } catch (const RedisError &error) {
            // Not known to be lost: the load goes on, and the ledger keeps it from counting twice.
            log_event(LogLevel::kDebug, "lease_not_renewed", error.what(), {{"sha256", job.id}});
            return;
        }
        if (ours || NEM12_WITHOUT(lease_check))
            continue;
        std::lock_guard lock(mutex_);
        for (Held *held : held_) {
            if (std::ranges::none_of(held->jobs_, [&](const ClaimedJob &one) { return one.fence == job.fence; }))
                continue;
            held->lost_.insert(job.fence);
            held->progress_.cancel = true;
        }
    }
}

void Leases::cancel_all() {
    std::lock_guard lock(mutex_);
    for (Held *held : held_)
        held->progress_.cancel = true;
}

size_t Leases::held() const {
    std::lock_guard lock(mutex_);
    return held_.size();
}

bool Leases::wait_until_none(steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return put_down_.wait_until(lock, deadline, [this] { return held_.empty(); });
}

} // namespace nem12::loader
