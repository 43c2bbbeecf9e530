#include "generate/generator.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "generate/damage.hpp"
#include "generate/dice.hpp"
#include "generate/load_shape.hpp"
#include "mdff/writer.hpp"

namespace nem12::loader {

namespace {

constexpr size_t kPieceBytes = 256 * 1024;

struct Channel {
    std::string_view suffix;
    LoadShape shape;
};

class Generator {
public:
    Generator(const GenerateSpec &spec, const std::function<void(std::string_view)> &write)
        : spec_(spec), write_(write), buffer_(kPieceBytes + mdff::kMaxDayText), writer_(buffer_),
          damage_(Dice(spec.seed, spec.first_nmi, static_cast<uint64_t>(spec.revision)).next(), spec.interval) {}

    Generated run() {
        writer_.header({mdff::Version::kNem12, spec_.created, "GENMDP", "LOADER", 1, false});
        ++made_.records;
        for (int i = 0; i < spec_.nmis; ++i)
            write_nmi(i);
        if (spec_.kind != GenerateKind::kMalformed || !damage_.drops_end()) {
            writer_.end();
            ++made_.records;
        }
        flush();
        made_.damaged_records = damage_.damaged();
        return made_;
    }

private:
    const GenerateSpec &spec_;
    const std::function<void(std::string_view)> &write_;
    std::vector<char> buffer_;
    mdff::Writer writer_;
    Damage damage_;
    std::string damaged_text_;
    Generated made_;
    std::array<int64_t, mdff::kMaxIntervals> values_{};
    std::vector<mdff::IntervalEvent> events_;

    int count() const { return mdff::kMinutesPerDay / spec_.interval; }

    void write_nmi(int index) {
        uint64_t number = spec_.first_nmi + static_cast<uint64_t>(index);
        std::vector<Channel> channels;
        channels.reserve(3); // also lets g++ 16 see that the others fit
        channels.push_back({"E1", LoadShape::kHousehold});
        if (number % 3 == 0)
            channels.push_back({"B1", LoadShape::kSolarExport});
        if (number % 4 == 1)
            channels.push_back({"E2", LoadShape::kControlledLoad});
        std::string nmi = generated_nmi(spec_, index), configuration, serial = "G" + nmi.substr(2);
        for (const Channel &channel : channels)
            configuration += channel.suffix;
        for (const Channel &channel : channels) {
            std::string_view stream = channel.suffix == "E2" ? "N2" : "N1";
            writer_.channel(
                {nmi, configuration, channel.suffix, channel.suffix, stream, serial, "kWh", spec_.interval, mdff::kNoDate, 0});
            ++made_.records;
            uint64_t seed = Dice(spec_.seed, number, static_cast<uint64_t>(channel.suffix[0]),
                                 static_cast<uint64_t>(channel.suffix[1]), static_cast<uint64_t>(spec_.revision))
                                .next();
            for (int day = 0; day < spec_.days; ++day)
                write_day({spec_.start.days + day}, channel.shape, seed);
        }
    }

    void write_day(mdff::Date date, LoadShape shape, uint64_t seed) {
        fill_load_shape(shape, seed, date, spec_.interval, values_);
        Dice dice(seed, static_cast<uint64_t>(date.days));
        mdff::IntervalDay day{date,
                              spec_.interval,
                              std::span<const int64_t>(values_.data(), static_cast<size_t>(count())),
                              kLoadShapeScale,
                              {"A", mdff::kNoReason, {}},
                              spec_.created,
                              mdff::kNoDateTime,
                              {},
                              0};
        int fate = dice.below(100);
        if (fate < 5)
            make_variable(day, dice);
        else if (fate < 7)
            day.quality = {"S14", 76, {}}; // communications fault, a like day instead
        else if (fate < 8)
            day.quality = {"F14", 0, "Meter exchanged"};
        else if (fate < 9)
            day.quality = {"E52", mdff::kNoReason, {}};
        writer_.day(day);
        made_.records += 1 + day.events.size();
        if (fate >= 97)
            write_read(date, dice);
        ++made_.days;
        made_.readings += day.values.size();
        if (writer_.written().size() >= kPieceBytes)
            flush();
    }

    // A gap in the middle of the day, filled by the data provider.
    void make_variable(mdff::IntervalDay &day, Dice &dice) {
        int first = 2 + dice.below(count() - 3), last = first + dice.below(count() - first);
        auto number = [](int n) { return static_cast<uint16_t>(n); };
        mdff::Quality actual{"A", mdff::kNoReason, {}}, gap{"F14", 76, {}};
        if (dice.one_in(3))
            gap = {"A", 79, {}}; // power outage alarm
        events_ = {{number(1), number(first - 1), actual}, {number(first), number(last), gap}};
        if (last < count())
            events_.push_back({number(last + 1), number(count()), actual});
        day.quality = {"V", mdff::kNoReason, {}};
        day.events = events_;
    }

    void write_read(mdff::Date date, Dice &dice) {
        std::string order = "SO" + std::to_string(100000 + dice.below(900000));
        std::string index = std::to_string(1000000 + dice.below(9000000)).substr(1) + "." + std::to_string(dice.below(10));
        mdff::DateTime read{mdff::start_of(date).seconds + 8 * 3600 + dice.below(9 * 3600)};
        writer_.b2b({date, dice.one_in(4) ? "S" : "N", order, read, index, 0});
        ++made_.records;
    }

    void flush() {
        std::string_view piece = writer_.written();
        if (spec_.kind == GenerateKind::kMalformed) {
            damaged_text_.clear();
            damage_.append(piece, damaged_text_);
            piece = damaged_text_;
        }
        write_(piece);
        made_.bytes += piece.size();
        writer_.clear();
    }
};

} // namespace

Generated generate(const GenerateSpec &spec, const std::function<void(std::string_view)> &write) {
    return Generator(spec, write).run();
}

} // namespace nem12::loader
