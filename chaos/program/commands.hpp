// The commands of `reconverge`. Each adds itself to the command line and leaves its exit code in `status`.
#pragma once

namespace CLI {
class App;
}

namespace chaos::program {

/// reconverge chaos closure|...: fault exploration.
void add_chaos(CLI::App& app, int& status);

/// reconverge serve: a model chip on a socket.
void add_serve(CLI::App& app, int& status);

}  // namespace chaos::program
