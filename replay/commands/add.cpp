#include "replay/commands/commands.hpp"

namespace replay::commands {

void add(CLI::App& app, int& status) {
    add_replay(app, status);
    add_show(app, status);
    add_seek(app, status);
}

}  // namespace replay::commands
