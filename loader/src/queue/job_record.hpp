#pragma once
// A job's hash as Redis answers it.

#include <string_view>

#include "queue/job_queue.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {

// `fields`: names and values in turn, as of HGETALL.
JobRecord record_of(std::string_view id, const redisReply *fields);

} // namespace nem12::loader
