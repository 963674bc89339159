// The commands of `reconverge`. Each adds itself to the command line and leaves its exit code in `status`.
#pragma once

namespace CLI {
class App;
}

namespace chaos::program {

/// reconverge chaos closure|...: fault exploration.
void add_chaos(CLI::App& app, int& status);

/// reconverge faults: what can strike, and what is promised.
void add_faults(CLI::App& app, int& status);
/// reconverge serve: a model chip on a socket.
void add_serve(CLI::App& app, int& status);

/// reconverge rehearse machine: whole machines die.
void add_rehearse(CLI::App& app, int& status);
/// reconverge rehearse update: an old and a new HAL on a running chip.
void add_update(CLI::App& rehearse, int& status);

/// reconverge cost: accesses, bytes and time of a boot and of a look at a healthy chip.
void add_cost(CLI::App& app, int& status);

/// reconverge left-out: what the hash of a state leaves out, and why.
void add_left_out(CLI::App& app, int& status);

/// reconverge mutate: seeded bugs, and who finds them. Doesn't return: another program takes over.
void add_mutate(CLI::App& app, int& status);

/// reconverge verify: is a certificate what it claims to be?
void add_verify(CLI::App& app, int& status);

/// reconverge merge: the parts of a campaign's shards, as one result.
void add_merge(CLI::App& app, int& status);

/// reconverge campaign: shards as processes, or as a job array.
void add_campaign(CLI::App& app, int& status);

/// reconverge overlay: faults at the accesses of a recording.
void add_overlay(CLI::App& app, int& status);

/// reconverge record: a HAL at work on a model chip, as a trace.
void add_record(CLI::App& app, int& status);

}  // namespace chaos::program
