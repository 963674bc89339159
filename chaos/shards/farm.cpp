#include "chaos/shards/farm.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace chaos::shards {

namespace {

std::string quoted(const std::string& word) {
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

struct Said {
    int status;
    std::string text;  ///< Both outputs.
};

Said run(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += quoted(word) + " ";
    FILE* const pipe = ::popen((line + "2>&1 </dev/null").c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot start " + words.front());
    Said said{0, {}};
    std::array<char, 4096> buffer;
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) != 0;) {
        said.text.append(buffer.data(), n);
    }
    const int status = ::pclose(pipe);
    said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return said;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::vector<std::string> ShardCommand::of(std::uint32_t shard) const {
    std::vector<std::string> all = words;
    for (std::string& word : all) {
        const std::size_t at = word.find("{}");
        if (at != std::string::npos) word.replace(at, 2, std::to_string(shard));
    }
    return all;
}

void Pool::start(const std::vector<std::uint32_t>& shards) {
    for (const std::uint32_t shard : shards) {
        processes_.erase(shard);
        waiting_.push_back(shard);
    }
    running();
}

std::vector<std::uint32_t> Pool::running() {
    for (auto it = processes_.begin(); it != processes_.end();) it = it->second->over() ? processes_.erase(it) : ++it;
    while (!waiting_.empty() && processes_.size() < at_once_) {
        const std::uint32_t shard = waiting_.front();
        waiting_.erase(waiting_.begin());
        processes_[shard] = std::make_unique<real::Process>(command_.of(shard), command_.log(shard));
    }
    std::vector<std::uint32_t> all = waiting_;
    for (const auto& [shard, process] : processes_) all.push_back(shard);
    std::sort(all.begin(), all.end());
    return all;
}

void Pool::cancel() {
    waiting_.clear();
    processes_.clear();  // kills them
}

Slurm::Slurm(const ShardCommand& command, const std::vector<std::string>& options)
    : command_(command), options_(options) {
    const Said said = run({"sinfo", "--version"});
    if (said.status != 0) {
        throw std::runtime_error("--slurm: no Slurm here (" + first_line(said.text) +
                                 "); leave it out, or install one");
    }
}

void Slurm::start(const std::vector<std::uint32_t>& shards) {
    const std::string script = command_.folder + "/job.sh";
    std::ofstream out(script);
    out << "#!/bin/sh\nexec";
    for (const std::string& word : command_.words) {
        std::string line = quoted(word);
        const std::size_t at = line.find("{}");
        if (at != std::string::npos) line.replace(at, 2, "'\"$SLURM_ARRAY_TASK_ID\"'");
        out << " " << line;
    }
    out << "\n";
    out.close();
    if (!out || ::chmod(script.c_str(), 0755) != 0) throw std::runtime_error("cannot write " + script);
    std::vector<std::string> words = {"sbatch",
                                      "--parsable",
                                      "--job-name=reconverge",
                                      fmt::format("--array={}", fmt::join(shards, ",")),
                                      "--output=" + command_.folder + "/log-%a",
                                      "--open-mode=truncate"};
    words.insert(words.end(), options_.begin(), options_.end());
    words.push_back(script);
    const Said said = run(words);
    if (said.status != 0) throw std::runtime_error("sbatch refuses the job array: " + first_line(said.text));
    job_ = said.text.substr(0, said.text.find_first_of(";\n"));
}

std::vector<std::uint32_t> Slurm::running() {
    if (job_.empty()) return {};
    const Said said = run({"squeue", "--noheader", "--array", "--jobs=" + job_, "--format=%K"});
    if (said.status != 0) {
        // Slurm forgets jobs that are over. That it can't be asked says nothing.
        if (said.text.find("Invalid job id") != std::string::npos) job_.clear();
        return job_.empty() ? std::vector<std::uint32_t>() : std::vector<std::uint32_t>{0};
    }
    std::vector<std::uint32_t> all;
    std::istringstream lines(said.text);
    for (std::uint32_t shard = 0; lines >> shard;) all.push_back(shard);
    if (all.empty()) job_.clear();
    std::sort(all.begin(), all.end());
    return all;
}

void Slurm::cancel() {
    if (!job_.empty()) run({"scancel", job_});
    job_.clear();
}

}  // namespace chaos::shards
