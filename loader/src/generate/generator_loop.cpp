#include "generate/generator_loop.hpp"

#include <chrono>

#include "base/files.hpp"
#include "generate/dice.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

mdff::DateTime market_minute() {
    int64_t now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    return {mdff::market_time(now).seconds / 60 * 60};
}

mdff::Date first_day(const GenerateConfig &config, mdff::DateTime now) {
    std::string digits;
    for (char c : config.start) {
        if (c != '-')
            digits += c;
    }
    mdff::Date date{};
    return mdff::parse_date(digits, date) ? date : mdff::Date{mdff::date_of(now).days - config.days};
}

} // namespace

Generated generate_into(const GenerateSpec &spec, const fs::path &folder) {
    std::string name = generated_file_name(spec);
    fs::path temp = folder / ("." + name + ".tmp");
    remove_if_there(temp);
    Generated made;
    {
        UniqueFd file = create_file(temp);
        made = generate(spec, [&](std::string_view piece) { write_all(file.get(), piece, temp); });
    }
    fs::rename(temp, folder / name);
    return made;
}

GeneratorLoop::GeneratorLoop(const GenerateConfig &config, fs::path inbox,
                             std::function<void(const GenerateSpec &, const Generated &)> on_file)
    : inbox_(std::move(inbox)), on_file_(std::move(on_file)), config_(config), thread_("generator", [this] { return step(); }) {
}

void GeneratorLoop::reload(const GenerateConfig &config) {
    {
        std::lock_guard lock(mutex_);
        config_ = config;
    }
    thread_.wake();
}

std::chrono::milliseconds GeneratorLoop::step() {
    const auto started = std::chrono::steady_clock::now();
    bool enabled = false;
    std::chrono::seconds every{};
    {
        std::lock_guard lock(mutex_);
        enabled = config_.enabled;
        every = std::chrono::seconds(config_.every_seconds);
    }
    if (enabled) {
        try {
            one_round();
        } catch (const std::exception &error) {
            log_event(LogLevel::kError, "generate_failed", "no file could be generated", {{"error", error.what()}});
        }
    }
    return std::chrono::ceil<std::chrono::milliseconds>(started + every - std::chrono::steady_clock::now());
}

void GeneratorLoop::one_round() {
    GenerateConfig config;
    {
        std::lock_guard lock(mutex_);
        config = config_;
    }
    if (config.kind.empty())
        return;
    GenerateKind kind = generate_kind(config.kind[round_ % config.kind.size()]).value_or(GenerateKind::kNormal);
    make_folder(inbox_);
    for (int interval : config.intervals) {
        GenerateSpec spec = kind == GenerateKind::kRepeated ? again(config, interval) : first_delivery(config, kind, interval);
        Generated made = generate_into(spec, inbox_);
        log_event(LogLevel::kDebug, "file_generated", "a file was put into the inbox",
                  {{"kind", std::string(name_of(spec.kind))},
                   {"interval", spec.interval},
                   {"bytes", made.bytes},
                   {"days", made.days}});
        if (on_file_)
            on_file_(spec, made);
    }
    ++round_;
}

GenerateSpec GeneratorLoop::first_delivery(const GenerateConfig &config, GenerateKind kind, int interval) {
    GenerateSpec spec;
    spec.kind = kind;
    spec.interval = interval;
    spec.nmis = config.nmis;
    spec.days = 1 + Dice(config.seed, round_, static_cast<uint64_t>(interval)).below(config.days);
    spec.seed = config.seed;
    spec.created = market_minute();
    spec.start = first_day(config, spec.created);
    spec.first_nmi = next_nmi_;
    next_nmi_ += static_cast<uint64_t>(config.nmis);
    if (kind == GenerateKind::kNormal)
        repeatable_[interval] = {spec, 0};
    return spec;
}

GenerateSpec GeneratorLoop::again(const GenerateConfig &config, int interval) {
    if (!repeatable_.contains(interval))
        return first_delivery(config, GenerateKind::kNormal, interval);
    auto &[first, times] = repeatable_.at(interval);
    std::vector<GenerateSpec> deliveries = repeated_deliveries(first);
    GenerateSpec spec = deliveries[times % deliveries.size()];
    spec.revision += static_cast<int>(times / deliveries.size() * deliveries.size());
    ++times;
    return spec;
}

} // namespace nem12::loader
