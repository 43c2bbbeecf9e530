#include "generate/spec.hpp"

#include <cstdio>

namespace nem12::loader {

std::optional<GenerateKind> generate_kind(std::string_view name) {
    for (GenerateKind kind : {GenerateKind::kNormal, GenerateKind::kMalformed, GenerateKind::kRepeated}) {
        if (name == name_of(kind))
            return kind;
    }
    return std::nullopt;
}

std::string_view name_of(GenerateKind kind) {
    switch (kind) {
    case GenerateKind::kNormal: return "normal";
    case GenerateKind::kMalformed: return "malformed";
    case GenerateKind::kRepeated: break;
    }
    return "repeated";
}

mdff::DateTime morning_after(mdff::Date start, int days) { return {mdff::start_of({start.days + days}).seconds + 6 * 3600}; }

std::vector<GenerateSpec> repeated_deliveries(const GenerateSpec &first) {
    std::vector<GenerateSpec> again(4, first);
    for (size_t i = 0; i < again.size(); ++i) {
        again[i].kind = GenerateKind::kRepeated;
        again[i].revision = first.revision + static_cast<int>(i) + 1;
    }
    again[0].created.seconds += 3600;
    again[2].created.seconds -= 3600;
    again[3].created.seconds += 7200;
    again[3].interval = first.interval == 5 ? 30 : 5;
    return again;
}

std::string generated_file_name(const GenerateSpec &spec) {
    char created[13] = {};
    mdff::format_date_time12(spec.created, created);
    char name[128];
    std::snprintf(name, sizeof name, "NEM12#%c%02d%sN%lluX%lluR%d#GENMDP#LOADER.csv", name_of(spec.kind).front() - 32,
                  spec.interval, created, static_cast<unsigned long long>(spec.first_nmi % 1'000'000),
                  static_cast<unsigned long long>(spec.seed % 100'000), spec.revision % 1000);
    return name;
}

std::string generated_nmi(const GenerateSpec &spec, int index) {
    char nmi[32];
    std::snprintf(nmi, sizeof nmi, "6%02llu%07llu", static_cast<unsigned long long>(spec.seed % 100),
                  static_cast<unsigned long long>((spec.first_nmi + static_cast<uint64_t>(index)) % 10'000'000));
    return nmi;
}

} // namespace nem12::loader
