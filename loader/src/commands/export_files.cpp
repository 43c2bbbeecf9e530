// Stored days and reads as files again, straight from the server: its rows are written as they come.

#include <atomic>
#include <csignal>
#include <cstdio>

#include <unistd.h>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "commands/progress_bar.hpp"
#include "daemon/status_report.hpp"
#include "export/export_query.hpp"
#include "export/export_writer.hpp"
#include "mdff/calendar.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::minutes kPatience{10};                            // for what is asked beside the export
constexpr std::chrono::hours kLongest{24 * 7};                           // for the export itself
constexpr int64_t kToldEvery = int64_t{1} << 18;                         // bytes from one look of the progress bar to the next
constexpr const char *kUnits[] = {"days", "register reads", "readings"}; // in the order of ExportFormat

std::atomic<bool> stop_asked{false};

// The first signal lets the export clean up behind itself, the second one is the system's.
void stop(int signal) {
    stop_asked = true;
    std::signal(signal, SIG_DFL);
}

std::string date_of(const char *option, const std::string &text) {
    std::string digits = text;
    std::erase(digits, '-');
    mdff::Date date{};
    if (!text.empty() && !mdff::parse_date(digits, date))
        throw std::runtime_error(std::string(option) + " " + text + " is no date: write CCYY-MM-DD");
    return digits;
}

ExportRequest request_of(const ExportOptions &options) {
    ExportRequest request;
    for (size_t i = 0; i < std::size(kExportFormats); ++i) {
        if (options.format == kExportFormats[i])
            request.format = static_cast<ExportFormat>(i);
    }
    request.nmis = options.nmis;
    request.from_date = date_of("--from", options.from);
    request.to_date = date_of("--to", options.to);
    if (!request.from_date.empty() && !request.to_date.empty() && request.from_date > request.to_date)
        throw std::runtime_error("--from is after --to: both days are included, the earlier one is --from");
    if (request.format == ExportFormat::kCsv && !(options.created + options.from_participant + options.to_participant).empty())
        throw std::runtime_error("--created, --from-participant and --to-participant are of the 100 record, and csv has none");
    request.as_of = options.as_of;
    request.created = options.created;
    request.from_participant = options.from_participant;
    request.to_participant = options.to_participant;
    return request;
}

void check_times(PgConnection &connection, const ExportRequest &request) {
    const Patience patience = Patience::of(kPatience, &stop_asked);
    if (!request.as_of.empty() && !is_readable(connection, request.as_of, "timestamptz", patience))
        throw std::runtime_error(
            "--as-of " + request.as_of +
            " is no moment: write '2025-04-01 09:00' in market time, or with a zone, '2025-04-01 09:00+11'");
    if (!request.created.empty() && !is_readable(connection, request.created, "timestamp", patience))
        throw std::runtime_error("--created " + request.created + " is no time: write '2025-04-01 09:00', market time");
}

// What a person can do about an error of the server; empty when its own words are all there is to say.
std::string advice_for(const DatabaseError &error) {
    const std::string &state = error.sqlstate();
    if (state == "42883" || state == "42P01" || state == "3F000")
        return "is nem12 in this database (CREATE EXTENSION nem12), in this version, and its schema in the search_path of the "
               "role?";
    if (state == "42501")
        return "the role needs the rights of an analyst, as docs/analysts.md grants them";
    if (state == "40001")
        return "a standby that has to keep up with its primary ended the export: try again, ask for less at a time, or raise "
               "max_standby_streaming_delay there";
    if (state == "53100")
        return "the server's disk is full; less is sorted there when less is asked for (--nmi, --from, --to)";
    if (state.empty() && error.error_class() == ErrorClass::kInfrastructure)
        return "is the server up, and is --db right? The same command can be run again";
    return error.hint;
}

// Rows from the server to the writer; the bar follows.
void write_rows(CopyOut &rows, ExportWriter &writer, ProgressBar &progress) {
    int64_t units = 0, bytes = 0; // that the bar was told of
    for (std::string_view row; rows.next(row);) {
        writer.take(row);
        if (writer.bytes() - bytes >= kToldEvery) {
            progress.add(writer.units() - units, writer.bytes() - bytes);
            units = writer.units();
            bytes = writer.bytes();
        }
    }
    writer.finish();
}

void run_export(PgConnection &connection, const ExportRequest &request, ExportWriter &writer, bool on_terminal) {
    const int64_t total = on_terminal ? expected_units(connection, request, Patience::of(kPatience, &stop_asked)) : 0;
    ProgressBar progress(total, on_terminal, "bytes");
    CopyOut rows(connection, export_query(connection, request), copy_format(request.format),
                 Patience::of(kLongest, &stop_asked));
    write_rows(rows, writer, progress);
}

// Nobody looks at a bar that the export itself runs through.
bool shows_progress(const Destination &destination) {
    return isatty(STDERR_FILENO) == 1 && !(destination.is_stdout() && isatty(STDOUT_FILENO) == 1);
}

// For people; the export itself may be on standard output.
void tell(const ExportRequest &request, const ExportWriter &written, const Destination &destination) {
    if (written.units() > 0) {
        std::fprintf(destination.in_place() ? stderr : stdout, "%s: %s %s of %s NMIs, %s bytes\n", destination.shown().c_str(),
                     with_thousands(written.units()).c_str(), kUnits[static_cast<size_t>(request.format)],
                     with_thousands(written.nmis()).c_str(), with_thousands(destination.file_bytes()).c_str());
    }
    constexpr size_t kNamed = 10;
    std::string names;
    for (size_t i = 0; const std::string &nmi : written.missing()) {
        if (i++ == kNamed) {
            names += ", ...";
            break;
        }
        names += (names.empty() ? "" : ", ") + nmi;
    }
    if (!names.empty())
        std::fprintf(stderr,
                     "nothing is stored of %s NMIs that were asked for: %s (an NMI is written with 10 characters, without its "
                     "checksum)\n",
                     with_thousands(static_cast<int64_t>(written.missing().size())).c_str(), names.c_str());
    else if (written.units() == 0)
        std::fprintf(stderr, "no %s between these dates%s: nothing was written\n", kUnits[static_cast<size_t>(request.format)],
                     request.as_of.empty() ? "" : ", known then");
}

} // namespace

int export_files(const Config &config, const ExportOptions &options) {
    const ExportRequest request = request_of(options);
    if (options.per_nmi && options.out == "-")
        throw std::runtime_error("--per-nmi writes a file for each NMI: name a folder with -o");
    Destination destination({options.out, request.format, options.per_nmi, options.gzip, options.force});
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        std::signal(signal, stop);
    try {
        PgConnection connection(config.database, std::chrono::milliseconds(0), Purpose::kReading);
        connection.ensure();
        begin_reading(connection, Patience::of(kPatience, &stop_asked));
        check_times(connection, request);
        ExportWriter written(request, destination);
        run_export(connection, request, written, shows_progress(destination));
        destination.publish();
        tell(request, written, destination);
        return written.units() > 0 && written.missing().empty() ? kExitOk : kExitSomeBad;
    } catch (const DatabaseError &error) {
        const std::string advice = advice_for(error);
        throw std::runtime_error(error.what() + (advice.empty() ? "" : "\n" + advice));
    } catch (const Cancelled &) {
        std::fputs(destination.in_place() ? "stopped\n" : "stopped: nothing was written\n", stderr);
        return kExitForced;
    }
}

} // namespace nem12::loader
