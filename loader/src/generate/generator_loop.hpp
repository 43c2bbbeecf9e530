#pragma once
// The daemon's own data source: every `every_seconds` one file for each interval length into the inbox, kinds in turn.

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "base/ticker.hpp"
#include "config/config.hpp"
#include "generate/generator.hpp"

namespace nem12::loader {

// Writes the file under a hidden name and renames it: nobody sees half of it. Returns what was made; throws FileError.
Generated generate_into(const GenerateSpec &spec, const std::filesystem::path &folder);

class GeneratorLoop {
public:
    GeneratorLoop(const GenerateConfig &config, std::filesystem::path inbox,
                  std::function<void(const GenerateSpec &, const Generated &)> on_file = {});

    void start() { thread_.start(); }
    void stop() { thread_.stop(); }            // a round in hand comes to its end
    void one_round();                          // one file for each interval length
    void reload(const GenerateConfig &config); // from any thread; takes effect at once

private:
    std::filesystem::path inbox_;
    std::function<void(const GenerateSpec &, const Generated &)> on_file_;
    std::mutex mutex_;
    GenerateConfig config_;
    uint64_t round_ = 0;
    uint64_t next_nmi_ = 0;
    std::map<int, std::pair<GenerateSpec, size_t>> repeatable_; // by interval: the last first delivery, how often repeated
    Ticker thread_;

    std::chrono::milliseconds step();
    GenerateSpec first_delivery(const GenerateConfig &config, GenerateKind kind, int interval);
    GenerateSpec again(const GenerateConfig &config, int interval);
};

} // namespace nem12::loader
