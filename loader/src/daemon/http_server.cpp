#include "daemon/http_server.hpp"

#include <chrono>
#include <thread>

#include <civetweb.h>

#include "log/log.hpp"

namespace nem12::loader {

namespace {

void send(mg_connection *connection, const HttpResponse &response, bool with_body) {
    const char *reason = response.status == 200 ? "OK" : mg_get_response_code_text(connection, response.status);
    mg_printf(connection,
              "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
              "Connection: close\r\n\r\n",
              response.status, reason, response.content_type.c_str(), response.body.size());
    if (with_body) {
        mg_write(connection, response.body.data(), response.body.size());
    }
}

std::string host_of(const std::string &listen) {
    const std::string host = listen.substr(0, listen.rfind(':'));
    return host.empty() || host == "0.0.0.0" || host == "[::]" ? "127.0.0.1" : host;
}

} // namespace

HttpServer::HttpServer(const std::string &listen, std::map<std::string, Handler> routes)
    : listen_(listen), routes_(std::move(routes)) {
    mg_callbacks callbacks{};
    callbacks.begin_request = on_request;
    callbacks.log_message = on_message;
    // A thread a connection, so that there have to be more than clients that send slowly; each of those is cut off after the
    // timeout, and an idle thread costs a few pages. As many again wait in the queue and as many in the kernel's, so that
    // nobody who got in waits longer than two timeouts.
    const char *options[] = {"listening_ports",
                             listen.c_str(),
                             "num_threads",
                             "128",
                             "request_timeout_ms",
                             "1000",
                             "max_request_size",
                             "8192",
                             "enable_keep_alive",
                             "no",
                             "listen_backlog",
                             "128",
                             "connection_queue",
                             "128",
                             "enable_directory_listing",
                             "no",
                             nullptr};
    context_ = mg_start(&callbacks, this, options);
    if (context_ == nullptr) {
        throw std::runtime_error("cannot listen on " + listen + (last_message_.empty() ? "" : ": " + last_message_));
    }
}

HttpServer::~HttpServer() {
    // civetweb notices that it shall stop when its poll of up to 2 s ends; a visitor ends it at once.
    std::thread visitor([host = host_of(listen_), port = port()] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        char error[256] = "";
        mg_close_connection(mg_connect_client(host.c_str(), port, 0, error, sizeof error));
    });
    mg_stop(context_);
    visitor.join();
}

int HttpServer::port() const {
    mg_server_port ports[1]{};
    return mg_get_server_ports(context_, 1, ports) == 1 ? ports[0].port : 0;
}

HttpResponse HttpServer::answer(const std::string &method, const std::string &path) const {
    if (method != "GET" && method != "HEAD") {
        return {405, "text/plain; charset=utf-8", "GET only\n"};
    }
    const auto route = routes_.find(path);
    if (route == routes_.end()) {
        return {404, "text/plain; charset=utf-8", "try / /livez /readyz /metrics /status.json\n"};
    }
    try {
        return route->second();
    } catch (const std::exception &error) {
        log_event(LogLevel::kError, "http_failed", error.what(), {{"path", path}});
        return {500, "text/plain; charset=utf-8", "failed; see the log\n"};
    }
}

int HttpServer::on_request(mg_connection *connection) {
    const mg_request_info *request = mg_get_request_info(connection);
    const auto *self = static_cast<const HttpServer *>(request->user_data);
    const std::string method = request->request_method;
    const HttpResponse response = self->answer(method, request->local_uri == nullptr ? "" : request->local_uri);
    // Or the thread would read the rest of the body that a request announced, for as long as the client likes.
    mg_disable_connection_keep_alive(connection);
    send(connection, response, method != "HEAD");
    return response.status;
}

int HttpServer::on_message(const mg_connection *connection, const char *message) {
    auto *self = static_cast<HttpServer *>(mg_get_user_data(mg_get_context(connection)));
    if (self->context_ == nullptr) { // still starting, on the constructor's thread
        self->last_message_ = message;
    }
    return 1; // not into civetweb's own log file
}

HttpResponse http_get(const std::string &listen, const std::string &path) {
    const std::string host = host_of(listen);
    char error[256] = "";
    mg_init_library(0);
    mg_connection *connection =
        mg_download(host.c_str(), std::stoi(listen.substr(listen.rfind(':') + 1)), 0, error, sizeof error,
                    "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path.c_str(), host.c_str());
    if (connection == nullptr) {
        mg_exit_library();
        throw std::runtime_error("no loader answers at " + listen + ": " + error);
    }
    HttpResponse response;
    const mg_response_info *info = mg_get_response_info(connection);
    response.status = info == nullptr ? 0 : info->status_code;
    char part[4096];
    for (int got = mg_read(connection, part, sizeof part); got > 0; got = mg_read(connection, part, sizeof part)) {
        response.body.append(part, static_cast<size_t>(got));
    }
    mg_close_connection(connection);
    mg_exit_library();
    return response;
}

} // namespace nem12::loader
