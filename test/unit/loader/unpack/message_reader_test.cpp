#include "unpack/message_reader.hpp"

#include <gtest/gtest.h>

#include "loader/support/collector.hpp"
#include "loader/support/messages.hpp"
#include "loader/support/sample.hpp"

namespace nem12::loader {
namespace {

using test::Collector;
using test::envelope;
using test::header;
using test::message;
using test::sample_mdff;
using test::transaction;
using Ids = std::vector<std::pair<std::string, std::string>>;

Collector read(std::string_view text, size_t piece = 1 << 20, int most = 100) {
    Collector collector;
    MessageReader reader("m.xml", most, collector);
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        reader.add({text.data(), std::min(piece, text.size())});
    EXPECT_EQ(static_cast<size_t>(reader.finish()), collector.files.size());
    EXPECT_EQ(collector.ended, collector.files.size());
    EXPECT_EQ(collector.ids.size(), collector.files.size());
    return collector;
}

ArchiveError refusal_of(const std::string &text, int most = 100) {
    try {
        read(text, 1 << 20, most);
    } catch (const ArchiveError &error) {
        return error;
    }
    return {"none", "not refused"};
}

std::string with_transactions(const std::string &transactions) {
    return envelope(header() + "<Transactions>" + transactions + "</Transactions>");
}

TEST(MessageReaderTest, each_element_is_a_member_with_the_ids_of_message_and_transaction) {
    std::string text = with_transactions(transaction("T/A", sample_mdff("20240101")) +
                                         transaction("T-B", "100,NEM13\n900\n", "CSVConsumptionData") +
                                         transaction("T-C", "\n  <![CDATA[100,a<b&c\n]]>900 ") + transaction("", "100\n"));
    for (size_t piece : {1, 13, 1 << 20}) {
        Collector got = read(text, piece);
        ASSERT_EQ(got.files.size(), 4u);
        EXPECT_EQ(got.files[0].name, "m.xml/1-T_A.csv");
        EXPECT_EQ(got.files[0].content, sample_mdff("20240101")) << "the very bytes, CR LF and all";
        EXPECT_EQ(got.files[1].name, "m.xml/2-T-B.csv");
        EXPECT_EQ(got.files[1].content, "100,NEM13\r\n900\r\n");
        EXPECT_EQ(got.files[2].content, "100,a<b&c\r\n900\r\n");
        EXPECT_EQ(got.files[3].name, "m.xml/4.csv");
        EXPECT_EQ(got.ids, (Ids{{"MSG-1", "T/A"}, {"MSG-1", "T-B"}, {"MSG-1", "T-C"}, {"MSG-1", ""}}));
    }
}

TEST(MessageReaderTest, order_and_prefixes_are_the_senders) {
    std::string body =
        "<x:Transactions><x:Transaction transactionID='T'><x:Any><x:CSVIntervalData>100</x:CSVIntervalData></x:Any>"
        "</x:Transaction></x:Transactions>";
    std::string head =
        "<x:Header><x:TransactionGroup>\n MTRD </x:TransactionGroup><x:Other/><x:MessageID> M </x:MessageID></x:Header>";
    for (const std::string &inside : {head + body, body + head}) {
        Collector got = read("<x:aseXML xmlns:x='urn:aseXML:r36'>" + inside + "</x:aseXML>");
        EXPECT_EQ(got.files.at(0).content, "100\r\n");
        EXPECT_EQ(got.ids, (Ids{{"M", "T"}}));
    }
    EXPECT_EQ(read("<aseXML><Header><TransactionGroup>MTRD</TransactionGroup></Header><Transactions><Transaction>"
                   "<CSVIntervalData>100</CSVIntervalData></Transaction></Transactions></aseXML>")
                  .ids,
              (Ids{{"", ""}}))
        << "ids that are not there are empty";
}

TEST(MessageReaderTest, entities_are_what_they_stand_for) {
    EXPECT_EQ(read(message({"100&#13;\n400,1,48,S14,,R&amp;D &lt;&#x41;&gt;&#13;&#10;900"})).files.at(0).content,
              "100\r\n400,1,48,S14,,R&D <A>\r\n900\r\n");
}

TEST(MessageReaderTest, empty_elements_are_passed_over) {
    Collector got = read(message({"", "  \n ", "100"}));
    ASSERT_EQ(got.files.size(), 1u);
    EXPECT_EQ(got.files[0].name, "m.xml/3-T-3.csv");
    EXPECT_EQ(got.ids, (Ids{{"MSG-1", "T-3"}}));
}

TEST(MessageReaderTest, other_messages_are_refused_by_name) {
    EXPECT_EQ(refusal_of(envelope(header("M", "CATS") + "<Transactions/>")).code(), "asexml_group");
    EXPECT_EQ(refusal_of(envelope("<Transactions>" + transaction("T", "100") + "</Transactions>")).code(), "asexml_group");
    EXPECT_EQ(refusal_of(with_transactions(transaction("T", "100")) + "x").code(), "asexml_malformed");
    EXPECT_EQ(refusal_of(with_transactions("")).code(), "asexml_empty");
    EXPECT_EQ(refusal_of(message({"", " "})).code(), "asexml_empty");
    EXPECT_EQ(refusal_of("<html>aseXML</html>").code(), "asexml_structure");
    ArchiveError error = refusal_of(envelope(header("M-7", "CATS") + "<Transactions/>"));
    EXPECT_EQ(error.from_participant, "MDP1");
    EXPECT_EQ(error.to_participant, "RET1");
    EXPECT_EQ(error.message_id, "M-7");
    EXPECT_EQ(error.line, 3u);
    EXPECT_NE(error.text.find("CATS"), std::string::npos);
}

TEST(MessageReaderTest, no_data_goes_by_unread) {
    EXPECT_EQ(refusal_of(with_transactions(transaction("T", "100") + transaction("U", "x", "CSVProfileData"))).code(),
              "asexml_structure");
    EXPECT_EQ(refusal_of(with_transactions(transaction("T", "100") + "<CSVIntervalData>100</CSVIntervalData>")).code(),
              "asexml_structure");
    EXPECT_EQ(refusal_of(envelope(header() + "<CSVIntervalData>100</CSVIntervalData>")).code(), "asexml_structure");
    EXPECT_EQ(refusal_of(envelope("<Header><CSVIntervalData>100</CSVIntervalData></Header>")).code(), "asexml_structure");
    EXPECT_EQ(refusal_of(with_transactions(transaction("T", "100<b/>900"))).code(), "asexml_structure");
    const std::string mdff = "\n  100,NEM12,202406010000,A,B";
    EXPECT_EQ(refusal_of(with_transactions(transaction("T", "100") + transaction("U", mdff, "CsvIntervalData"))).code(),
              "asexml_structure");
    EXPECT_EQ(refusal_of(with_transactions(transaction("T", "100") + mdff)).code(), "asexml_structure");
    EXPECT_EQ(refusal_of(with_transactions("<a>100,<b/></a>" + transaction("T", "100") + "<a>" + mdff + "</a>")).code(),
              "asexml_structure");
    EXPECT_EQ(refusal_of(envelope(header("A") + header("B"))).code(), "asexml_structure");
    EXPECT_EQ(refusal_of(envelope(header(std::string(1000, 'm')))).code(), "asexml_structure");
    EXPECT_EQ(refusal_of(with_transactions(transaction(std::string(1000, 't'), "100"))).code(), "asexml_structure");
}

TEST(MessageReaderTest, a_message_cut_anywhere_is_refused) {
    std::string whole = message({"100\n900\n", "100\n900\n"});
    whole.pop_back(); // its line end may be missing
    EXPECT_EQ(read(whole).files.size(), 2u);
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(refusal_of(whole.substr(0, size)).code(), "asexml_truncated") << size;
}

TEST(MessageReaderTest, members_are_limited) {
    EXPECT_EQ(refusal_of(message({"1", "2", "3"}), 3).code(), "none");
    EXPECT_EQ(refusal_of(message({"1", "2", "3"}), 2).code(), "archive_entries");
}

TEST(MessageReaderTest, the_beginning_says_what_is_a_message) {
    EXPECT_TRUE(MessageReader::starts_message(message({"100"})));
    EXPECT_TRUE(MessageReader::starts_message("\xef\xbb\xbf \n<!-- x --><aseXML>"));
    EXPECT_TRUE(MessageReader::starts_message(std::string_view("\xff\xfe<\0a\0s\0e\0X\0M\0L\0", 16)));
    EXPECT_TRUE(MessageReader::starts_message(std::string_view("\0<\0a\0s\0e\0X\0M\0L", 14)));
    EXPECT_FALSE(MessageReader::starts_message("<html><body>no</body></html>"));
    EXPECT_FALSE(MessageReader::starts_message("100,NEM12,202401010000,<aseXML>"));
    EXPECT_FALSE(MessageReader::starts_message(""));
}

} // namespace
} // namespace nem12::loader
