// The constructor of an abstract class is visible, so its table, and with it libstdc++'s handler, stays.
namespace planted {
class Abstract {
public:
    Abstract();
    virtual void act() = 0;

protected:
    ~Abstract() = default;
};
Abstract::Abstract() = default;
}  // namespace planted
