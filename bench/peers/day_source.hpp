#pragma once
// Feeds the peers' loaders: every valid day of an MDFF file, in file order.

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mdff/parser.hpp"

namespace nem12::bench {

// Calls use(header, channel, day) for each day of the file. Throws when the file cannot be read or has an error.
template <class Use>
void for_each_day(const std::string &path, Use use) {
    std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file)
        throw std::runtime_error("cannot open " + path);
    auto parser = std::make_unique<mdff::Parser>(mdff::ParserOptions{});
    std::vector<char> buffer(1 << 20);
    const auto drain = [&](mdff::Event until) {
        for (mdff::Event event = parser->next(); event != until; event = parser->next()) {
            if (event == mdff::Event::kDay)
                use(parser->header(), parser->channel(), parser->day());
        }
    };
    while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
        parser->push({buffer.data(), got});
        drain(mdff::Event::kNeedInput);
    }
    parser->finish();
    drain(mdff::Event::kEndOfInput);
    if (parser->counts().errors != 0)
        throw std::runtime_error(path + " has errors");
}

} // namespace nem12::bench
