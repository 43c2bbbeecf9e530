#include "daemon/pages.hpp"

#include <nlohmann/json.hpp>

namespace nem12::loader {

namespace {

HttpResponse json_page(bool well, const nlohmann::ordered_json &body) {
    return {well ? 200 : 503, "application/json",
            body.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"};
}

} // namespace

std::map<std::string, HttpServer::Handler> make_pages(const Heartbeats &heartbeats, const Troubles &troubles,
                                                      const Metrics &metrics, const std::function<StatusReport()> &report) {
    return {{"/livez",
             [&heartbeats] {
                 const auto stalled = heartbeats.stalled();
                 return json_page(stalled.empty(), {{"live", stalled.empty()}, {"stalled", stalled}});
             }},
            {"/readyz",
             [&troubles] {
                 const auto reasons = troubles.all();
                 return json_page(reasons.empty(), {{"ready", reasons.empty()}, {"reasons", reasons}});
             }},
            {"/metrics",
             [&metrics] {
                 return HttpResponse{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
             }},
            {"/status.json",
             [report] {
                 return HttpResponse{200, "application/json", status_json(report())};
             }},
            {"/", [report] {
                 return HttpResponse{200, "text/html; charset=utf-8", status_html(report())};
             }}};
}

} // namespace nem12::loader
