#pragma once
// The paths the HTTP server answers.

#include <functional>
#include <map>
#include <string>

#include "operate/heartbeats.hpp"
#include "operate/http_server.hpp"
#include "operate/metrics.hpp"
#include "operate/status_report.hpp"
#include "operate/troubles.hpp"

namespace nem12::loader {

// /livez 200 while all threads move; /readyz 200 while files are loaded, else 503, both as JSON with reasons;
// /metrics; /status.json; / for people.
std::map<std::string, HttpServer::Handler> make_pages(const Heartbeats &heartbeats, const Troubles &troubles,
                                                      const Metrics &metrics, const std::function<StatusReport()> &report);

} // namespace nem12::loader
