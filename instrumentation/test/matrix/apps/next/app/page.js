// oxlint-disable import/no-default-export -- Next.js asks for it
export default function Page() {
  return <p>hi</p>;
}
