#pragma once
// The daemon's own data source: every `every_seconds` one file for each interval length into the inbox, kinds in turn.

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>

#include "config/config.hpp"
#include "generate/generator.hpp"

namespace nem12::loader {

// Writes the file under a hidden name and renames it: nobody sees half of it. Returns what was made; throws FileError.
Generated generate_into(const GenerateSpec &spec, const std::filesystem::path &folder);

class GeneratorLoop {
public:
    GeneratorLoop(const GenerateConfig &config, std::filesystem::path inbox,
                  std::function<void(const GenerateSpec &, const Generated &)> on_file = {});

    void run(std::stop_token stop);
    void one_round();                          // one file for each interval length
    void reload(const GenerateConfig &config); // from any thread; takes effect at once

private:
    std::filesystem::path inbox_;
    std::function<void(const GenerateSpec &, const Generated &)> on_file_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    GenerateConfig config_;
    uint64_t generation_ = 0; // of the config
    uint64_t round_ = 0;
    uint64_t next_nmi_ = 0;
    std::map<int, std::pair<GenerateSpec, size_t>> repeatable_; // by interval: the last first delivery, how often repeated

    GenerateSpec first_delivery(const GenerateConfig &config, GenerateKind kind, int interval);
    GenerateSpec again(const GenerateConfig &config, int interval);
};

} // namespace nem12::loader
