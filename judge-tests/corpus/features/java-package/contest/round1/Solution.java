package contest.round1;

public class Solution {
    public static void main(String[] args) {
        System.out.println(Solution.class.getName());
    }
}
