#include "replay/transport/run.hpp"

#include <stdexcept>

#include "hal/api/convert.hpp"
#include "transports/intent/intent.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/names/whole.hpp"

namespace replay::transport {
namespace {

using transports::names::whole;
using transports::names::wholes;
using Json = nlohmann::json;

void keep(void* context, std::uint16_t instance, const hal_item* item, const char* why) {
    static_cast<std::vector<Outcome::Item>*>(context)->push_back(
        {instance, item->address, item->count, item->burst != nullptr ? item->burst[0] : item->value, why, item->op});
}

}  // namespace

Subject::Subject(const std::string& description) {
    const Json json = Json::parse(description, nullptr, false);
    if (!json.is_object() || !json.contains("chip") || !json.contains("intent")) {
        throw std::invalid_argument(
            "the trace doesn't say which chip and intent the HAL had; it can be shown and compared, not run");
    }
    try {
        chip_ = transports::names::parse_scale(json["chip"].at("scale"));
        scenario_ = json.value("scenario", "");
        const Json& policy = json.at("policy");
        policy_.size = sizeof policy_;
        policy_.plan_only = whole<std::uint8_t>(policy.at("plan_only"));
        policy_.drain = whole<std::uint8_t>(policy.at("drain"));
        policy_.retry = whole<std::uint8_t>(policy.at("retry"));
        policy_.no_guards = whole<std::uint8_t>(policy.at("no_guards"));
        policy_.deadline_ns = whole<std::uint64_t>(policy.at("deadline_ns"));
        policy_.drain_us = whole<std::uint32_t>(policy.at("drain_us"));
        const Json& intent = json["intent"];
        intent_name_ = intent.at("name");
        words_ = wholes<std::uint32_t>(intent.at("words"));
        groups_ = wholes<std::uint8_t>(intent.at("groups"));
        for (const Json& image : intent.at("images")) {
            firmware_.push_back(wholes<std::uint32_t>(image.at("words")));
            images_.push_back({nullptr, static_cast<std::uint32_t>(firmware_.back().size()),
                               whole<std::uint32_t>(image.at("digest")), whole<std::uint32_t>(image.at("version"))});
        }
    } catch (const std::exception& e) {
        throw std::invalid_argument(std::string("the trace's description makes no sense: ") + e.what());
    }
    if (words_.size() != hal_intent_words(&chip_)) {
        throw std::invalid_argument("the trace was recorded with another chip description; build the HAL of that time");
    }
}

void Subject::set_intent(const std::string& name_or_file) {
    const auto document = transports::intent::load(name_or_file, chip_);
    intent_name_ = document.name;
    words_ = document.intended.words;
    groups_ = document.intended.groups;
    images_.clear();
    firmware_.clear();
    for (const auto& image : document.intended.images) {
        firmware_.emplace_back(image.words, image.words + image.count);
        images_.push_back({nullptr, image.count, image.digest, image.version});
    }
}

Outcome Subject::run(hal::bus::Transport& transport, bool plan_only) const {
    Outcome outcome;
    outcome.report.size = sizeof outcome.report;
    std::vector<hal_image> images = images_;
    for (std::size_t i = 0; i < images.size(); ++i) {
        images[i].words = firmware_[i].empty() ? nullptr : firmware_[i].data();
    }
    hal_intent intent{};
    intent.size = sizeof intent;
    intent.word_count = static_cast<std::uint32_t>(words_.size());
    intent.words = words_.data();
    intent.groups = groups_.empty() ? nullptr : groups_.data();
    intent.images = images.empty() ? nullptr : images.data();
    hal_policy policy = policy_;
    if (plan_only) policy.plan_only = 1;
    const hal_transport functions = hal::api::to_c(transport);
    const hal_listener listener{sizeof(hal_listener), 0, &outcome.items, keep};
    std::vector<std::uint64_t> workspace((hal_workspace_size(&chip_) + 7) / 8);
    outcome.ended = hal_converge(&functions, &chip_, &intent, &policy, workspace.data(), workspace.size() * 8, nullptr,
                                 &listener, &outcome.report, &outcome.error) == 0;
    return outcome;
}

}  // namespace replay::transport
