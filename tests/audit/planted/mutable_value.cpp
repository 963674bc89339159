namespace planted {
extern int level;
int level = 7;
}  // namespace planted
