// oxlint-disable import/no-default-export -- Next.js asks for it
export default function Layout({ children }) {
  return (
    <html>
      <body>{children}</body>
    </html>
  );
}
