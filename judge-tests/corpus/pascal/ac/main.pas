program Sorting;

var
  numbers: array of Int64;

procedure Sort(left, right: Integer);
var
  i, j: Integer;
  middle, t: Int64;
begin
  i := left;
  j := right;
  middle := numbers[(left + right) div 2];
  repeat
    while numbers[i] < middle do Inc(i);
    while numbers[j] > middle do Dec(j);
    if i <= j then
    begin
      t := numbers[i];
      numbers[i] := numbers[j];
      numbers[j] := t;
      Inc(i);
      Dec(j);
    end;
  until i > j;
  if left < j then Sort(left, j);
  if i < right then Sort(i, right);
end;

var
  n, i: Integer;
begin
  n := 0;
  while not SeekEof do
  begin
    if n = Length(numbers) then SetLength(numbers, 2 * n + 16);
    Read(numbers[n]);
    Inc(n);
  end;
  if n > 0 then Sort(0, n - 1);
  for i := 0 to n - 1 do WriteLn(numbers[i]);
end.
