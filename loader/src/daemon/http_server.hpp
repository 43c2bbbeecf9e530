#pragma once
// A small HTTP server for probes, Prometheus and people: GET and HEAD only, a few fixed paths, tight limits
// (8 KiB of request, 1 s for it, no body, 128 connections and 256 that wait), so that slow or hostile clients cost the loader
// nothing, and the probes are answered meanwhile.

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

struct mg_context;
struct mg_connection;

namespace nem12::loader {

struct HttpResponse {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

class HttpServer {
public:
    using Handler = std::function<HttpResponse()>;

    // `listen` as ADDRESS:PORT. Throws std::runtime_error when the port cannot be had. Handlers run on server threads.
    HttpServer(const std::string &listen, std::map<std::string, Handler> routes);
    ~HttpServer();
    HttpServer(const HttpServer &) = delete;
    HttpServer &operator=(const HttpServer &) = delete;

    int port() const; // useful when port 0 was asked for

private:
    static int on_request(mg_connection *connection);
    static int on_message(const mg_connection *connection, const char *message);
    HttpResponse answer(const std::string &method, const std::string &path) const;

    std::string listen_;
    std::map<std::string, Handler> routes_;
    std::string last_message_; // of the server while it starts
    mg_context *context_ = nullptr;
};

// GET http://listen/path from a loader on this host. Throws std::runtime_error when nobody answers.
HttpResponse http_get(const std::string &listen, const std::string &path);

} // namespace nem12::loader
