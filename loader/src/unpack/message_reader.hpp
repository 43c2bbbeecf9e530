#pragma once
// An aseXML message as the MDFFs in it: the members of a MemberSink, as those of an archive are. Bytes are pushed; memory does
// not grow with them. Of transaction group MTRD; CSVIntervalData (NEM12) and CSVConsumptionData (NEM13) are read wherever they
// stand in a transaction, and the 100 record says which of the two it is. Elements are known by their local names: the
// namespace changes with each release of the schema, the names stay.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "unpack/mdff_text.hpp"
#include "unpack/member_sink.hpp"
#include "unpack/xml_reader.hpp"

namespace nem12::loader {

class MessageReader : private XmlEvents {
public:
    // Members are called "NAME/1-TRANSACTION.csv", in their order. `most`: so many at most.
    MessageReader(std::string name, int most, MemberSink &sink);

    // Throw ArchiveError (asexml_..., archive_entries): the members handed over so far must then be dropped.
    void add(std::span<const char> bytes);
    int finish(); // after the last byte; the number of members

    // Whether a file that begins so is one: XML with the word aseXML in its beginning.
    static bool starts_message(std::string_view head);

private:
    std::string name_;
    int most_;
    MemberSink &sink_;
    XmlReader xml_;
    MdffText mdff_;
    int depth_ = 0, elements_ = 0;
    std::string stray_; // how the text since the last tag begins, if nothing reads it
    bool in_header_ = false, in_transactions_ = false, in_transaction_ = false, in_csv_ = false, member_open_ = false;
    std::string message_id_, group_, from_, to_;
    std::string *field_ = nullptr; // of the header, that is being read
    std::string transaction_id_;
    std::vector<std::string> transaction_ids_; // of the members

    void start(std::string_view name, const XmlAttributes &attributes) override;
    void text(std::string_view piece) override;
    void end(std::string_view name) override;
    void start_header_field(std::string_view name);
    void end_header_field();
    void start_csv(std::string_view name);
    void end_csv();
    void pass_over(std::string_view piece);
    void add_to_member(std::span<const char> bytes);
    template <typename Step>
    void with_sender(Step step);
};

} // namespace nem12::loader
