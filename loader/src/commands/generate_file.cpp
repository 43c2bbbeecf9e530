#include <cstdio>
#include <ctime>
#include <fstream>

#include "base/files.hpp"
#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "daemon/status_report.hpp"
#include "generate/generator.hpp"
#include "generate/generator_loop.hpp"

namespace nem12::loader {

namespace {

namespace fs = std::filesystem;

mdff::Date first_day(const GenerateOptions &options) {
    mdff::Date date{};
    std::string digits = options.start;
    std::erase(digits, '-');
    if (mdff::parse_date(digits, date)) {
        return date;
    }
    if (!options.start.empty()) {
        throw std::runtime_error("--start must be a date CCYY-MM-DD");
    }
    return {mdff::date_of(mdff::market_time(std::time(nullptr))).days - options.days};
}

void print_summary(const std::string &path, const Generated &made) {
    std::printf("%s: %s days, %s readings, %s bytes", path.c_str(), with_thousands(static_cast<int64_t>(made.days)).c_str(),
                with_thousands(static_cast<int64_t>(made.readings)).c_str(),
                with_thousands(static_cast<int64_t>(made.bytes)).c_str());
    if (made.damaged_records > 0) {
        std::printf(", %s damaged records", with_thousands(static_cast<int64_t>(made.damaged_records)).c_str());
    }
    std::printf("\n");
}

void write_to(const fs::path &path, const GenerateSpec &spec) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const Generated made =
        generate(spec, [&](std::string_view text) { file.write(text.data(), static_cast<std::streamsize>(text.size())); });
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path.string());
    }
    print_summary(path.string(), made);
}

} // namespace

// Into a directory: a file under its MDFF name; of kind repeated the first delivery and everything that repeats it.
// Into a file: of kind repeated the newer delivery of what kind normal with the same seed gives.
int generate_file(const GenerateOptions &options) {
    GenerateSpec spec;
    spec.kind = *generate_kind(options.kind);
    spec.interval = options.interval;
    spec.nmis = options.nmis;
    spec.days = options.days;
    spec.seed = options.seed;
    spec.start = first_day(options);
    spec.created = morning_after(spec.start, spec.days);

    std::vector<GenerateSpec> deliveries{spec};
    if (spec.kind == GenerateKind::kRepeated) {
        const std::vector<GenerateSpec> again = repeated_deliveries(spec);
        deliveries.insert(deliveries.end(), again.begin(), again.end());
    }
    const fs::path out = options.out;
    if (!fs::is_directory(out) && !out.string().ends_with('/')) {
        write_to(out, spec.kind == GenerateKind::kRepeated ? deliveries.at(1) : spec);
        return kExitOk;
    }
    make_folder(out);
    for (const GenerateSpec &delivery : deliveries) {
        const fs::path path = out / generated_file_name(delivery);
        const Generated made = generate_into(delivery, out);
        print_summary(path.string(), made);
    }
    return kExitOk;
}

} // namespace nem12::loader
