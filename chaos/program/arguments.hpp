// What the chaos commands have in common: their arguments, ids, and how losses are told.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chaos/closure.hpp"
#include "chaos/shards/part.hpp"
#include "chaos/trial.hpp"

namespace chaos::program {

struct Arguments {
    std::string scenario = "boot";
    std::string scale = "1";
    std::string link = "both";   ///< spi, pcie or both
    std::string claim = "both";  ///< A, B or both
    std::string hal;             ///< A libhal.so, or empty for the linked one.
    std::string repro;
    std::string plan;        ///< A file that holds a plan.
    bool shrink = false;     ///< A failing run is made small.
    bool plan_json = false;  ///< Print the plan of an id, run nothing.
    bool outages = false;
    double audit_percent = 1;
    bool twice = false;
    std::string junit, html;    ///< Files to write, or empty.
    std::string perfetto, vcd;  ///< Likewise, of one run.
    std::string certificate;    ///< A file to write, or empty.
    std::string plant;          ///< A fault of the harness itself, to see that it is noticed.
    bool json = false;
    unsigned threads = 0;
    std::uint64_t seed = 1, runs = 0;  ///< Of sampled modes; 0 runs: the mode's own number.
    bool seed_matters = false;
    bool recoverable = false;  ///< random: only faults that the same call has to get over.
    std::uint32_t every = 1;   ///< seu: every n-th bit.
    std::size_t losses = 2;    ///< Told one by one, of each cell.
    bool real = false;         ///< Kills for real.
    std::string halctl;        ///< The program to kill; empty: the one beside this program.
    std::uint64_t first = 0;   ///< The first of the points.
    std::vector<std::string> without;
    std::vector<std::string> faults;  ///< Names; empty: all.
    // Of a campaign:
    std::string shard;          ///< "i/n", or empty: the job array says.
    std::string part;           ///< The file that this shard's part goes to, or the folder; empty: no campaign.
    std::string exchange;       ///< The folder in which shards of closure meet; empty: beside the part.
    bool ready_rounds = false;  ///< closure: doesn't wait for other shards.
    bool edges = false;         ///< A shard of closure: its part has all edges, for a certificate.
    const shards::Campaign* campaign = nullptr;  ///< Whose parts are merged; nothing else is run.
};

/// The links named by `link`. Throws std::invalid_argument.
std::vector<std::string> links_of(const Arguments& a);

/// Throw std::invalid_argument, with a text for users, on what they can't make sense of.
Scenario scenario_of(const std::string& name, const std::string& scale, const std::string& link,
                     const std::string& hal);
/// Workers: as asked for, else one per core.
unsigned threads_of(const Arguments& a);
/// The most that may be asked for: more only cost memory.
unsigned most_threads();
OracleSet asked(const Arguments& a);
/// "the oracle same_end was not asked", for runs with --without.
std::string not_asked(const Arguments& a);
/// As in docs/command-line.md.
int exit_code(Verdict verdict);

/// What `--repro` takes: SCENARIO@SCALE@LINK:PATH.
std::string id_of(const Arguments& a, const std::string& link, const std::string& path);

/// "the SPI link" or "the PCIe window".
const char* link_title(const std::string& link);

nlohmann::json to_json(const Arguments& a, const std::string& link, const std::vector<Loss>& losses);
void print_losses(const Arguments& a, const std::string& link, const std::vector<Loss>& losses, std::uint64_t lost);

/// Writes the certificate that `options` has collected and notes it in `part`, or says why there is none.
void certify(const Arguments& a, const Scenario& scenario, const ClosureOptions& options, const ClosureResult& result,
             nlohmann::json& part);

// The commands; each returns its exit code.
int closure(const Arguments& a);
int single(const Arguments& a);
int real_kills(const Arguments& a);
int seu(const Arguments& a);
int outage(const Arguments& a);
int overlap(const Arguments& a);
int pair(const Arguments& a);
int random(const Arguments& a);
int repro(const Arguments& a);
int repro_file(const Arguments& a);

}  // namespace chaos::program
