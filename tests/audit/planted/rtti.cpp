namespace planted {
class Animal {
public:
    virtual int legs();

protected:
    ~Animal() = default;
};
int Animal::legs() { return 4; }
}  // namespace planted
