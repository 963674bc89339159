#include "replay/commands/commands.hpp"

namespace replay::commands {

void add(CLI::App& app, int& status) {
    add_replay(app, status);
    add_show(app, status);
    add_seek(app, status);
    add_diff(app, status);
    add_correlate(app, status);
    add_convert(app, status);
    add_resume_at(app, status);
    add_minimise(app, status);
    add_redact(app, status);
}

}  // namespace replay::commands
