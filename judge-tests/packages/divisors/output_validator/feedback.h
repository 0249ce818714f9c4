#pragma once
#include <fstream>
#include <string>

struct Feedback {
    std::string directory;
    explicit Feedback(std::string directory) : directory(std::move(directory)) {}
    int right() const { return 42; }
    int wrong(const std::string &why) const {
        std::ofstream(directory + "judgemessage.txt") << why << "\n";
        std::ofstream(directory + "teammessage.txt") << "look again\n";
        return 43;
    }
};
