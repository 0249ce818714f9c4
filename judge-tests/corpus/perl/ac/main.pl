use strict;
use warnings;

my %count;
while (my $line = <STDIN>) {
    $count{$_}++ for split ' ', $line;
}
for my $word (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count) {
    print "$word $count{$word}\n";
}
