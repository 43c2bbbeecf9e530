#include "commands/cli.hpp"

int main(int argc, char **argv) { return nem12::loader::run_cli(argc, argv); }
