// Writes the benchmark's input files: conforming NEM12, repeatable, 2.5 channels per NMI.
//
//   bench_inputs --shape realistic|random --interval 5|15|30 --nmis N --days D --per-file all|nmi|day
//                [--start CCYYMMDD] [--first-nmi N] [--shuffle-among N] [--created CCYYMMDDhhmm] -o FOLDER
//
// --shuffle-among: the NMIs come from that many, in an order that looks random and differs from day to day.
// realistic: E1 household on every NMI, B1 solar on every one, E2 controlled load on every second. random: uniform 0..2.500.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "generate/load_shape.hpp"
#include "mdff/writer.hpp"

namespace nem12::bench {
namespace {

struct Channel {
    const char *suffix;
    nem12::loader::LoadShape shape;
};

struct Request {
    std::string shape = "realistic", per_file = "all", start = "20260301", created = "202604010000";
    std::filesystem::path folder;
    int interval = 5, nmis = 100, days = 31, first_nmi = 0, shuffle_among = 0;
};

class OutputFile {
public:
    OutputFile(const std::filesystem::path &path, mdff::DateTime created)
        : file_(std::fopen(path.c_str(), "wb"), &std::fclose), buffer_(mdff::kMaxDayText), writer_(buffer_) {
        if (!file_)
            throw std::runtime_error("cannot write " + path.string());
        put(writer_.header({mdff::Version::kNem12, created, "BENCHMDP", "RETAILER", 0, false}));
    }
    ~OutputFile() { put(writer_.end()); }
    OutputFile(const OutputFile &) = delete;
    OutputFile &operator=(const OutputFile &) = delete;
    mdff::Writer &writer() { return writer_; }
    void put(bool fitted) {
        const std::string_view text = writer_.written();
        if (!fitted || std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) {
            std::cerr << "bench_inputs: cannot write\n";
            std::exit(2);
        }
        writer_.clear();
    }

private:
    std::unique_ptr<std::FILE, int (*)(std::FILE *)> file_;
    std::vector<char> buffer_;
    mdff::Writer writer_;
};

// The i-th NMI of a day's delivery: a full cycle of a linear congruence, another one each day.
int shuffled(int i, int among, mdff::Date day) {
    constexpr int64_t kPrime = 2'147'483'629;
    return static_cast<int>((int64_t{i} * (kPrime % among) + int64_t{day.days} * 7919) % among);
}

void write_days(OutputFile &out, const Request &request, int number, mdff::Date first, int days) {
    const int nmi = request.shuffle_among == 0 ? number : shuffled(number, request.shuffle_among, first);
    const bool random = request.shape == "random";
    const std::vector<Channel> channels =
        nmi % 2 == 0
            ? std::vector<Channel>{{"E1", nem12::loader::LoadShape::kHousehold}, {"B1", nem12::loader::LoadShape::kSolarExport}}
            : std::vector<Channel>{{"E1", nem12::loader::LoadShape::kHousehold},
                                   {"B1", nem12::loader::LoadShape::kSolarExport},
                                   {"E2", nem12::loader::LoadShape::kControlledLoad}};
    const std::string name = std::to_string(4'000'000'000 + nmi);
    const std::string serial = "M" + std::to_string(1'000'000 + nmi);
    std::vector<int64_t> values(static_cast<size_t>(mdff::kMinutesPerDay / request.interval));
    for (size_t c = 0; c < channels.size(); ++c) {
        const Channel &channel = channels[c];
        out.put(out.writer().channel({name, channels.size() == 2 ? "E1B1" : "E1B1E2", std::to_string(c + 1), channel.suffix,
                                      c == 2 ? "N2" : "N1", serial, "KWH", request.interval, mdff::kNoDate, 0}));
        for (int d = 0; d < days; ++d) {
            const mdff::Date date{first.days + d};
            nem12::loader::fill_load_shape(random ? nem12::loader::LoadShape::kRandom : channel.shape,
                                           static_cast<uint64_t>(nmi) * 8 + c, date, request.interval, values);
            const mdff::DateTime updated{mdff::start_of(date).seconds + 86400 + 7200 + nmi % 3600};
            out.put(out.writer().day({date,
                                      request.interval,
                                      values,
                                      3,
                                      {"A", mdff::kNoReason, {}},
                                      updated,
                                      mdff::DateTime{updated.seconds + 3600},
                                      {},
                                      0}));
        }
    }
}

void write_files(const Request &request) {
    mdff::Date start{};
    mdff::DateTime created{};
    if (!mdff::parse_date(request.start, start))
        throw std::runtime_error("--start is not CCYYMMDD");
    if (!mdff::parse_date_time(request.created, created))
        throw std::runtime_error("--created is not CCYYMMDDhhmm");
    std::filesystem::create_directories(request.folder);
    const auto path = [&](int number) {
        return request.folder / ("NEM12#" + request.created + std::to_string(100000000 + number) + "#BENCHMDP#RETAILER.csv");
    };
    const int end = request.first_nmi + request.nmis;
    if (request.per_file == "all") {
        OutputFile out(path(request.first_nmi), created);
        for (int nmi = request.first_nmi; nmi < end; ++nmi)
            write_days(out, request, nmi, start, request.days);
    } else if (request.per_file == "nmi") {
        for (int nmi = request.first_nmi; nmi < end; ++nmi) {
            OutputFile out(path(nmi), created);
            write_days(out, request, nmi, start, request.days);
        }
    } else {
        for (int day = 0; day < request.days; ++day) {
            OutputFile out(path(day), created);
            for (int nmi = request.first_nmi; nmi < end; ++nmi)
                write_days(out, request, nmi, {start.days + day}, 1);
        }
    }
}

} // namespace
} // namespace nem12::bench

int main(int argc, char **argv) {
    nem12::bench::Request request;
    CLI::App app("Writes the benchmark's input files");
    app.add_option("--shape", request.shape)->check(CLI::IsMember({"realistic", "random"}));
    app.add_option("--interval", request.interval)->check(CLI::IsMember({5, 15, 30}));
    app.add_option("--nmis", request.nmis);
    app.add_option("--days", request.days);
    app.add_option("--first-nmi", request.first_nmi);
    app.add_option("--shuffle-among", request.shuffle_among);
    app.add_option("--per-file", request.per_file)->check(CLI::IsMember({"all", "nmi", "day"}));
    app.add_option("--start", request.start);
    app.add_option("--created", request.created);
    app.add_option("-o", request.folder)->required();
    CLI11_PARSE(app, argc, argv);
    try {
        nem12::bench::write_files(request);
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "bench_inputs: " << error.what() << "\n";
        return 2;
    }
}
