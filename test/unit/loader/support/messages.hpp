#pragma once
// aseXML messages for tests.

#include <string>
#include <vector>

namespace nem12::loader::test {

inline std::string header(const std::string &id = "MSG-1", const std::string &group = "MTRD") {
    return "<Header><From>MDP1</From><To>RET1</To><MessageID>" + id +
           "</MessageID><MessageDate>2024-02-01T06:00:00.000+10:00</MessageDate><TransactionGroup>" + group +
           "</TransactionGroup><Priority>Low</Priority><Market>NEM</Market></Header>\n";
}

// `text` as it stands between the tags: markup has to be escaped.
inline std::string transaction(const std::string &id, const std::string &text, const std::string &element = "CSVIntervalData") {
    return "<Transaction transactionID=\"" + id +
           "\" transactionDate=\"2024-02-01T06:00:00.000+10:00\"><MeterDataNotification version=\"r25\"><" + element + ">" +
           text + "</" + element +
           "><ParticipantRole><Role>FRMP</Role></ParticipantRole></MeterDataNotification></Transaction>\n";
}

inline std::string envelope(const std::string &inside) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ase:aseXML xmlns:ase=\"urn:aseXML:r43\" "
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n" +
           inside + "</ase:aseXML>\n";
}

// A message of transactions T-1, T-2...
inline std::string message(const std::vector<std::string> &texts, const std::string &id = "MSG-1") {
    std::string transactions;
    for (size_t i = 0; i < texts.size(); ++i)
        transactions += transaction("T-" + std::to_string(i + 1), texts[i]);
    return envelope(header(id) + "<Transactions>\n" + transactions + "</Transactions>\n");
}

} // namespace nem12::loader::test
