#include "unpack/xml_reader.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

// The document written again, without prefixes; `a` is the attribute of that name.
class Echo : public XmlEvents {
public:
    void start(std::string_view name, const XmlAttributes &attributes) override {
        if (name == "stop")
            throw std::runtime_error("stopped");
        told += "<" + std::string(name) + (attributes.find("a").empty() ? "" : ":" + std::string(attributes.find("a"))) + ">";
    }
    void text(std::string_view piece) override { told += piece; }
    void end(std::string_view name) override { told += "</" + std::string(name) + ">"; }
    std::string told;
};

std::string read(std::string_view document, size_t piece = 1 << 20) {
    Echo echo;
    XmlReader reader(echo);
    for (; !document.empty(); document.remove_prefix(std::min(piece, document.size())))
        reader.add({document.data(), std::min(piece, document.size())});
    reader.finish();
    return echo.told;
}

ArchiveError refusal_of(std::string_view document, size_t piece = 1 << 20) {
    try {
        read(document, piece);
    } catch (const ArchiveError &error) {
        return error;
    }
    return {"none", "not refused"};
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    while (times-- > 0)
        all += text;
    return all;
}

TEST(XmlReaderTest, elements_and_texts_come_without_prefixes_whatever_the_pieces) {
    for (size_t piece : {1, 2, 7, 1000}) {
        EXPECT_EQ(read("<p:r xmlns:p='urn:x'><c a='1'/><p:d p:a='2'>t</p:d></p:r>", piece), "<r><c:1></c><d:2>t</d></r>");
        EXPECT_EQ(read("<r>a&amp;b&lt;&#65;&#x42;<![CDATA[<&>]]><!-- no --><?pi x?></r>", piece), "<r>a&b<AB<&></r>");
        EXPECT_EQ(read("<r>1\r\n2\r3\n4&#13;\n5</r>", piece), "<r>1\n2\n3\n4\r\n5</r>");
    }
}

TEST(XmlReaderTest, encodings_become_utf8) {
    EXPECT_EQ(read("\xef\xbb\xbf<r>\xc3\xa9</r>"), "<r>\xc3\xa9</r>");
    EXPECT_EQ(read("<?xml version='1.0' encoding='ISO-8859-1'?><r>\xe9</r>"), "<r>\xc3\xa9</r>");
    std::string wide = "\xff\xfe";
    for (char c : std::string("<r>e</r>"))
        wide += {c, '\0'};
    EXPECT_EQ(read(wide, 1), "<r>e</r>");
    EXPECT_EQ(refusal_of("<?xml version='1.0' encoding='EBCDIC-9'?><r/>").code(), "asexml_encoding");
    EXPECT_EQ(refusal_of("<?xml version='1.0' encoding='UTF-16'?><r/>").code(), "asexml_encoding");
    EXPECT_EQ(refusal_of("<r>\xe9</r>").code(), "asexml_malformed");
}

TEST(XmlReaderTest, what_is_not_well_formed_is_refused_with_its_place) {
    ArchiveError error = refusal_of("<r>\n<good/>\n<a><b></a>\n</r>");
    EXPECT_EQ(error.code(), "asexml_malformed");
    EXPECT_EQ(error.line, 3u);
    EXPECT_EQ(error.text, "<a><b></a>");
    EXPECT_FALSE(error.hint.empty());
    for (const char *document :
         {"<r>&nbsp;</r>", "<r/><r/>", "<r a='1' a='2'/>", "<p:r/>", "<r>\x01</r>", "<r>]]></r>", "text<r/>"})
        EXPECT_EQ(refusal_of(document).code(), "asexml_malformed") << document;
}

TEST(XmlReaderTest, a_document_cut_anywhere_is_refused_as_such) {
    std::string whole = "<?xml version='1.0'?><r a='b'>text<![CDATA[data]]>&amp;<!-- c --><d/></r>";
    EXPECT_EQ(refusal_of(whole).code(), "none");
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(refusal_of(whole.substr(0, size)).code(), "asexml_truncated") << size;
    EXPECT_EQ(refusal_of("<r>\n300,2024").text, "300,2024");
}

TEST(XmlReaderTest, document_types_and_what_they_declare_are_refused) {
    std::string bomb = "<!ENTITY e0 'xxxxxxxxxx'>";
    for (int i = 1; i < 10; ++i)
        bomb += "<!ENTITY e" + std::to_string(i) + " '" + repeated("&e" + std::to_string(i - 1) + ";", 10) + "'>";
    for (const std::string &document : {"<!DOCTYPE r [" + bomb + "]><r>&e9;</r>", std::string("<!DOCTYPE r><r/>"),
                                        std::string("<!DOCTYPE r [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><r>&f;</r>"),
                                        std::string("<!DOCTYPE r SYSTEM 'http://127.0.0.1/x.dtd'><r/>"),
                                        std::string("<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///dev/zero'> %p;]><r/>")})
        EXPECT_EQ(refusal_of(document).code(), "asexml_doctype") << document.substr(0, 60);
}

TEST(XmlReaderTest, nothing_grows_without_bound) {
    EXPECT_EQ(refusal_of(repeated("<a>", 10'000)).code(), "asexml_depth");
    EXPECT_EQ(refusal_of("<r a='" + std::string(20 << 20, 'x') + "'/>").code(), "asexml_too_complex");
    EXPECT_EQ(refusal_of("<r><!--" + std::string(20 << 20, 'x') + "--></r>").code(), "asexml_too_complex");
    std::string names = "<r>";
    for (int i = 0; i < 300'000; ++i)
        names += "<n" + std::to_string(i) + "/>";
    EXPECT_EQ(refusal_of(names + "</r>").code(), "asexml_too_complex");
    // Long texts are no such thing.
    EXPECT_EQ(read("<r>" + std::string(20 << 20, 'x') + "</r>").size(), (size_t{20} << 20) + 7);
    EXPECT_EQ(read("<r><![CDATA[" + std::string(20 << 20, 'x') + "]]></r>").size(), (size_t{20} << 20) + 7);
}

TEST(XmlReaderTest, what_an_event_throws_arrives) {
    EXPECT_THROW(read("<r><stop/><a/></r>"), std::runtime_error);
    EXPECT_THROW(read("<r><stop/><a/></r>", 1), std::runtime_error);
}

} // namespace
} // namespace nem12::loader
