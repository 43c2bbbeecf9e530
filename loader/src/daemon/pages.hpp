#pragma once
// The paths the HTTP server answers.

#include <functional>
#include <map>
#include <string>

#include "daemon/http_server.hpp"
#include "daemon/status_report.hpp"
#include "observe/heartbeats.hpp"
#include "observe/metrics.hpp"
#include "observe/troubles.hpp"

namespace nem12::loader {

// /livez 200 while all threads move; /readyz 200 while files are loaded, else 503, both as JSON with reasons;
// /metrics; /status.json; / for people.
std::map<std::string, HttpServer::Handler> make_pages(const Heartbeats &heartbeats, const Troubles &troubles,
                                                      const Metrics &metrics, const std::function<StatusReport()> &report);

} // namespace nem12::loader
