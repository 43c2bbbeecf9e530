#pragma once
// Small MDFFs for the tests of the taking-in stages.

#include <string>

namespace nem12::loader::test {

// One NMI, one day of 30-minute values; another `day` or `value` is another content.
inline std::string sample_mdff(const std::string &day = "20240101", const std::string &value = "0.125") {
    std::string text = "100,NEM12,202402010600,GENMDP,LOADER\r\n"
                       "200,6001234567,E1,E1,E1,N1,METER1,kWh,30,\r\n300," +
                       day;
    for (int i = 0; i < 48; ++i)
        text += "," + value;
    return text + ",A,,,20240201060000,\r\n900\r\n";
}

inline std::string broken_mdff(const std::string &day = "20240101") { return sample_mdff(day, "x1"); }

} // namespace nem12::loader::test
