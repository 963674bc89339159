#include "chaos/faults/injector.hpp"

namespace chaos::faults {

using transports::model::Event;

bool Ailments::ignores(std::uint32_t address) {
    const bool this_one = left_ != 0 && --left_ == 0;
    if (!this_one && dead_.count(address) == 0) return false;
    ++ignored_;
    return true;
}

bool Injector::reached(std::uint32_t index, Moment moment, std::size_t) {
    ++moments_;
    on_the_way_ = nullptr;
    for (; next_ < life_.strikes.size() && life_.strikes[next_].moment <= index; ++next_) {
        const Strike& strike = life_.strikes[next_];
        const Row& fault = row(strike.fault);
        if (strike.moment != index || !strikes_at(fault, moment)) continue;  // never fires: not measured
        if (before_strike) before_strike(strike);
        const bool sent = fault.level == Level::frame || fault.level == Level::access;
        if (sent && strike.fault != Fault::busy && strike.fault != Fault::stuck_busy &&
            strike.fault != Fault::delayed) {
            on_the_way_ = &strike;  // counted when it hits something
        } else {
            const std::uint32_t before = rig_.chip.monitor.disturbances;
            if (strike_now(strike)) ++fired_;
            const bool by_itself = strikes_chip(fault) || strike.fault == Fault::paused_beyond;
            if (by_itself) disturbances_ += rig_.chip.monitor.disturbances - before;
        }
    }
    if (at_moment) at_moment(index, moment);
    dead_ = dead_ || (life_.killed_at && *life_.killed_at == index);
    return !dead_;
}

Fate Injector::fate(const Sent& sent) {
    if (outage_left_ != 0) {
        --outage_left_;
        return faults::fate(*outage_, sent, 0);
    }
    if (on_the_way_ == nullptr) return {};
    const Strike& strike = *on_the_way_;
    on_the_way_ = nullptr;
    const Row& fault = row(strike.fault);
    const Fate fate = faults::fate(fault, sent, strike.argument(0));
    if (fate.kind == Fate::Kind::arrives) return fate;
    ++fired_;
    const bool outage = strike.fault == Fault::outage || strike.fault == Fault::outage_beyond ||
                        strike.fault == Fault::window_outage || strike.fault == Fault::window_outage_beyond;
    if (outage) {
        outage_ = &fault;
        outage_left_ = strike.argument(0) - 1;
    }
    return fate;
}

bool Injector::strike_now(const Strike& strike) {
    transports::model::Chip& chip = rig_.chip;
    const auto instance = static_cast<transports::model::Instance>(strike.argument(0));
    const bool known = strike.argument(0) < chip.layout().first_cell.size();
    switch (strike.fault) {
        case Fault::paused:
        case Fault::paused_long:
        case Fault::paused_beyond:
        case Fault::delayed: chip.advance(strike.argument(0)); return true;
        case Fault::overlapped:
            if (!second_instance) return false;
            second_instance(strike.argument(0));
            return true;
        case Fault::busy:
        case Fault::stuck_busy: rig_.session.busy_frames = static_cast<std::uint16_t>(strike.argument(0)); return true;
        case Fault::upset:
            return known && strike.argument(1) < chip.layout().type[instance]->words.size() &&
                   strike.argument(2) < 32 && chip.upset(instance, strike.argument(1), strike.argument(2));
        case Fault::lock_lost: return known && chip.befall(instance, Event::lock_lost);
        case Fault::link_lost: return known && chip.befall(instance, Event::link_lost);
        case Fault::ecc_error: return known && chip.befall(instance, Event::ecc_error);
        case Fault::thermal_alarm: return known && chip.befall(instance, Event::alarm);
        case Fault::block_reset:
            if (!known || !chip.accessible(instance)) return false;
            chip.reset_suddenly(instance);
            return true;
        case Fault::warm_reset:
            chip.warm_reset();
            rig_.forget_sessions();
            return true;
        case Fault::cold_reset:
            chip.cold_reset();
            rig_.forget_sessions();
            ailments_.heal();
            return true;
        case Fault::slow_lock:
        case Fault::slow_lock_beyond: return chip.stretch_countdowns(strike.argument(0)) != 0;
        case Fault::lock_never: return chip.stall_countdowns() != 0;
        case Fault::write_ignored: ailments_.ignore_one(strike.argument(0)); return true;
        case Fault::register_dead: {
            if (!known || strike.argument(1) >= chip.layout().type[instance]->addressable) return false;
            const auto& word = chip.layout().type[instance]->words[strike.argument(1)];
            ailments_.kill_register(chip.layout().chip.instances[instance].base + word.offset);
            return true;
        }
        default: return false;
    }
}

}  // namespace chaos::faults
