#include "generate/load_shape.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "generate/dice.hpp"

namespace nem12::loader {

namespace {

constexpr int kSteps = 288; // every shape but kDice is drawn in 5-minute steps and added up
constexpr int kStepsPerHour = 12;
using Steps = std::array<int64_t, kSteps>; // Wh in 5 minutes

Dice day_dice(uint64_t seed, mdff::Date date) {
    return Dice(Dice(seed).next() ^ Dice(static_cast<uint64_t>(date.days)).next());
}

// -100 in midwinter (July, south) to +100 in midsummer, linear between.
int64_t season_of(mdff::Date date) {
    const int64_t days_in_400_years = 146'097;
    const int64_t since = ((date.days % days_in_400_years) + days_in_400_years) % days_in_400_years;
    const int64_t day_of_year = (since * 10'000 % 3'652'425) / 10'000;
    const int64_t from_july = day_of_year > 196 ? day_of_year - 196 : 196 - day_of_year;
    return (from_july > 182 ? 365 - from_july : from_july) * 200 / 182 - 100;
}

bool is_weekend(mdff::Date date) {
    const int since_thursday = ((date.days % 7) + 7) % 7;
    return since_thursday == 2 || since_thursday == 3;
}

// `height` at `centre`, falling in a straight line to 0 at `half_width` steps away.
int64_t tent(int64_t step, int64_t centre, int64_t half_width, int64_t height) {
    const int64_t distance = step > centre ? step - centre : centre - step;
    return distance >= half_width ? 0 : height * (half_width - distance) / half_width;
}

void fill_household(uint64_t seed, mdff::Date date, Steps &steps) {
    Dice home(seed);
    const int64_t base = home.between(15, 60);
    const int64_t fridge = home.between(4, 12);
    const int64_t fridge_period = home.between(6, 10);
    const int64_t wakes = home.between(6 * kStepsPerHour, 8 * kStepsPerHour);
    const int64_t dinner = home.between(17 * kStepsPerHour + 6, 19 * kStepsPerHour + 6);
    const int64_t morning_height = home.between(30, 120);
    const int64_t evening_height = home.between(60, 220);

    Dice today = day_dice(seed, date);
    const int64_t season = season_of(date);
    const int64_t heating = 100 + (season < 0 ? -season : season) * 40 / 100; // per cent
    const int64_t morning = wakes + today.between(-4, 4) + (is_weekend(date) ? kStepsPerHour : 0);
    const int64_t evening = dinner + today.between(-6, 6);
    const int64_t midday_height = is_weekend(date) ? today.between(10, 60) : today.between(0, 15);
    const int64_t fridge_phase = today.between(0, fridge_period - 1);
    for (int64_t i = 0; i < kSteps; i++) {
        int64_t level = base + ((i + fridge_phase) % fridge_period < fridge_period / 2 ? fridge : 0);
        level += tent(i, morning, 18, morning_height) * heating / 100;
        level += tent(i, kSteps / 2 + kStepsPerHour, 36, midday_height);
        level += tent(i, evening, 36, evening_height) * heating / 100;
        steps[static_cast<size_t>(i)] = level + today.between(-level / 8, level / 8);
    }
    for (int64_t kettles = today.between(3, 8); kettles > 0; kettles--) {
        steps[static_cast<size_t>(today.between(morning, 22 * kStepsPerHour))] += today.between(80, 180);
    }
}

void fill_solar_export(uint64_t seed, mdff::Date date, Steps &steps) {
    Dice roof(seed);
    const int64_t peak = roof.between(250, 660); // 3 to 8 kW
    const int64_t own_use = roof.between(15, 60);

    Dice today = day_dice(seed, date);
    const int64_t daylight = 12 * kStepsPerHour + season_of(date) * 2 * kStepsPerHour / 100; // 10 to 14 hours
    const int64_t sunrise = kSteps / 2 - daylight / 2;
    const bool cloudy = today.between(0, 2) == 0;
    const int64_t clouds = cloudy ? today.between(20, 80) : today.between(0, 10); // per cent at most taken away
    int64_t clear = 100 - clouds / 2;
    steps.fill(0);
    for (int64_t i = 0; i < daylight; i++) {
        clear = std::clamp(clear + today.between(-clouds / 4 - 1, clouds / 4 + 1), 100 - clouds, int64_t{100});
        const int64_t bell = peak * 4 * i * (daylight - i) / (daylight * daylight);
        const int64_t used = own_use + today.between(-own_use / 8, own_use / 8);
        steps[static_cast<size_t>(sunrise + i)] = std::max<int64_t>(0, bell * clear / 100 - used);
    }
}

void fill_controlled_load(uint64_t seed, mdff::Date date, Steps &steps) {
    Dice tank(seed);
    const int64_t power = tank.between(150, 400); // 1.8 to 4.8 kW
    const int64_t starts = tank.between(22 * kStepsPerHour, 23 * kStepsPerHour + 6);

    Dice today = day_dice(seed, date);
    const int64_t runs_until = today.between(kStepsPerHour, 4 * kStepsPerHour);
    for (int64_t i = 0; i < kSteps; i++) {
        steps[static_cast<size_t>(i)] = i < runs_until || i >= starts ? power + today.between(-1, 1) : 0;
    }
    steps[static_cast<size_t>(runs_until)] = today.between(0, power); // the thermostat cuts off inside the interval
}

} // namespace

void fill_load_shape(LoadShape shape, uint64_t seed, mdff::Date date, int interval_length, std::span<int64_t> values) {
    const auto steps_per_value = static_cast<size_t>(interval_length / 5);
    const size_t count = std::min(values.size(), kSteps / steps_per_value);
    Steps steps;
    switch (shape) {
    case LoadShape::kHousehold: fill_household(seed, date, steps); break;
    case LoadShape::kSolarExport: fill_solar_export(seed, date, steps); break;
    case LoadShape::kControlledLoad: fill_controlled_load(seed, date, steps); break;
    case LoadShape::kRandom: {
        Dice today = day_dice(seed, date);
        for (size_t i = 0; i < count; i++) {
            values[i] = today.between(0, 2'500);
        }
        return;
    }
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = 0;
        for (size_t step = 0; step < steps_per_value; step++) {
            values[i] += steps[i * steps_per_value + step];
        }
    }
}

} // namespace nem12::loader
