// Nobody deletes one, yet the table holds a deleting destructor, which calls operator delete.
namespace planted {
class Base {
public:
    virtual ~Base();
};
Base::~Base() = default;
}  // namespace planted
