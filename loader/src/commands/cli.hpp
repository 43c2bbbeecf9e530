#pragma once
// The command line: which subcommand, with which options.

namespace nem12::loader {

// Exit codes of every command. 1 is a result ("some files are bad"), 2 and 3 mean that the work was not done.
inline constexpr int kExitOk = 0;
inline constexpr int kExitSomeBad = 1;     // load: some rejected; validate: findings of severity error
inline constexpr int kExitCouldNotRun = 2; // wrong arguments or configuration, no server, no rights
inline constexpr int kExitForced = 3;      // run: stopped before running loads were finished

int run_cli(int argc, char **argv);

} // namespace nem12::loader
