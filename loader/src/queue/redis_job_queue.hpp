#pragma once
// JobQueue over Redis functions (functions.hpp). Every transition is logged as event job_status.

#include <memory>

#include "config/config.hpp"
#include "queue/job_queue.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {

// One connection, made on first use and again after it was lost; safe to share between threads.
//
// home names the spool of this loader, and is the same after a restart: files offered here are claimed here, as no other
// loader has them. Bound, status and dedupe are common to all homes of a prefix. When the home of a pending job has not
// swept for a lease's time, the job goes to the next home that offers the same content.
std::unique_ptr<JobQueue> make_redis_job_queue(const RedisConfig &redis, const QueueConfig &queue, std::string_view home = "");

} // namespace nem12::loader
