#include "parse/not_mdff.hpp"

#include <gtest/gtest.h>

#include <string>

#include "parse_support.hpp"

namespace mdff {
namespace {

using namespace test;
using namespace std::string_literals;

// "code: note" of a file's only finding.
std::string refusal_of(const std::string &file) {
    std::string said;
    for (const Dialect dialect : {Dialect::kStrict, Dialect::kTolerant}) {
        for (const size_t chunk : {file.size(), size_t{1}}) {
            Parser parser({.dialect = dialect});
            std::string found;
            const auto drain = [&](Event until) {
                for (Event event; (event = parser.next()) != until;) {
                    if (event == Event::kFinding)
                        found += std::string(rule_info(parser.finding().rule).code) + ": " + std::string(parser.finding().note);
                    else
                        found += "something else";
                }
            };
            for (size_t at = 0; at < file.size(); at += chunk) {
                parser.push({file.data() + at, std::min(chunk, file.size() - at)});
                drain(Event::kNeedInput);
            }
            parser.finish();
            drain(Event::kEndOfInput);
            EXPECT_TRUE(parser.counts().file_refused);
            EXPECT_TRUE(parser.counts().add_up());
            EXPECT_TRUE(said.empty() || said == found) << said << " / " << found;
            said = found;
        }
    }
    return said;
}

TEST(NotMdff, IsNamedByItsFirstLines) {
    const std::string file = expand("{H}\n{C}\n{D}\n900\n");
    const auto separated_by = [&](char separator) {
        std::string changed = file;
        std::replace(changed.begin(), changed.end(), ',', separator);
        return changed;
    };
    const auto wide = [&](bool big_endian) {
        std::string text;
        for (const char c : file)
            text += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
        return text;
    };
    EXPECT_EQ(refusal_of(separated_by(';')), "not_mdff: its fields are separated by semicolons instead of commas");
    EXPECT_EQ(refusal_of(separated_by('\t')), "not_mdff: its fields are separated by tabs instead of commas");
    EXPECT_EQ(refusal_of(separated_by('|')), "not_mdff: its fields are separated by | instead of commas");
    for (const bool big_endian : {false, true}) {
        EXPECT_EQ(refusal_of((big_endian ? "\xFE\xFF"s : "\xFF\xFE"s) + wide(big_endian)),
                  "not_mdff: it looks like UTF-16 text");
        EXPECT_EQ(refusal_of(wide(big_endian)), "not_mdff: it looks like UTF-16 text");
    }
    EXPECT_EQ(refusal_of("<!DOCTYPE html>\r\n<html></html>\r\n"), "not_mdff: it looks like HTML");
    EXPECT_EQ(refusal_of("\r\n  <HTML><BODY>\r\n" + file).substr(0, 10), "blank_line");
    EXPECT_EQ(refusal_of("<!-- a portal -->\r\n<head>\r\n"), "not_mdff: it looks like HTML");
    EXPECT_EQ(refusal_of("<?xml version=\"1.0\"?>\n<root>\n</root>"), "not_mdff: it looks like XML");
    EXPECT_EQ(refusal_of("<?xml version=\"1.0\"?>\n<ase:aseXML>\n" + file), "asexml: ");
    EXPECT_EQ(refusal_of("{\"error\": 500}"), "not_mdff: it looks like JSON");
    EXPECT_EQ(refusal_of("%PDF-1.7\n"), "not_mdff: it looks like PDF");
    EXPECT_EQ(refusal_of("PK\x03\x04 and more"), "not_mdff: it looks like a zip archive or a spreadsheet");
    const std::string flat = "not_mdff: it does not start with a record: a flat report or another format";
    EXPECT_EQ(refusal_of("20240401,0.1,0.2\r\n20240402,0.1,0.2\r\n"), flat);
    EXPECT_EQ(refusal_of("NMI,Date,00:00,00:30\r\nNEM1201006,2024-04-01,0.1,0.2\r\n"), flat);
    EXPECT_EQ(refusal_of("Dear customer,\r\n" + file), flat);
}

TEST(NotMdff, ADamagedMdffIsStillOne) {
    for (const std::string_view line : {"1OO,NEM12,2024", "2OO,NEM1201006", "0300,1", "'200,x",
                                        "\xC2\xA0"
                                        "100,NEM12",
                                        "200;a,b,c", "\"100\",\"NEM12\"", " 100 , NEM12", "900", "3O0", "2p0,x", "600,x"}) {
        EXPECT_EQ(look_at(line).look, Look::kMdff) << line;
    }
}

} // namespace
} // namespace mdff
